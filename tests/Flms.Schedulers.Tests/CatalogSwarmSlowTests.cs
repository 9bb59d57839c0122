namespace Flms.Schedulers.Tests;

/// <summary>Every policy of the catalog, with every preset, in 500 random worlds. Tests of a policy's own need swarms
/// only of settings that are no preset.</summary>
/// <remarks>Tests of one class run one after the other: this is the longest piece of the suite, and in four classes it
/// keeps every core busy to the end.</remarks>
public abstract class CatalogSwarmSlowTests
{
    /// <summary>Every fourth choice, so that the presets of a slow policy are in different classes.</summary>
    /// <param name="first">Which of the four parts, from 0.</param>
    public static TheoryData<string> Part(int first) =>
        new(CatalogSwarmTests.Names().Where((_, i) => i % 4 == first));

    /// <summary>Runs a choice in 500 worlds.</summary>
    protected static void RunIn500(string choice) =>
        CatalogSwarmTests.RunIn(choice, worlds: 500, firstSeed: 10_000);

    /// <summary>The first part.</summary>
    public sealed class First : CatalogSwarmSlowTests
    {
        [Theory]
        [Trait("Speed", "Slow")]
        [MemberData(nameof(Part), 0)]
        public void No_law_is_broken_in_500_random_worlds_beyond_what_the_page_declares(string choice) =>
            RunIn500(choice);
    }

    /// <summary>The second part.</summary>
    public sealed class Second : CatalogSwarmSlowTests
    {
        [Theory]
        [Trait("Speed", "Slow")]
        [MemberData(nameof(Part), 1)]
        public void No_law_is_broken_in_500_random_worlds_beyond_what_the_page_declares(string choice) =>
            RunIn500(choice);
    }

    /// <summary>The third part.</summary>
    public sealed class Third : CatalogSwarmSlowTests
    {
        [Theory]
        [Trait("Speed", "Slow")]
        [MemberData(nameof(Part), 2)]
        public void No_law_is_broken_in_500_random_worlds_beyond_what_the_page_declares(string choice) =>
            RunIn500(choice);
    }

    /// <summary>The fourth part.</summary>
    public sealed class Fourth : CatalogSwarmSlowTests
    {
        [Theory]
        [Trait("Speed", "Slow")]
        [MemberData(nameof(Part), 3)]
        public void No_law_is_broken_in_500_random_worlds_beyond_what_the_page_declares(string choice) =>
            RunIn500(choice);
    }
}
