using System.Reflection;
using Flms.Core;
using Flms.Schedulers;

namespace Flms.House.Tests;

/// <summary>What users can name is complete: every scheduler of the catalog is described, and every setting of
/// it.</summary>
public sealed class CatalogTests
{
    [Fact]
    public void Every_policy_is_in_the_catalog() => Repository.NoFindings(
        from type in typeof(SchedulerCatalog).Assembly.GetExportedTypes()
        where type.IsSubclassOf(typeof(Scheduler)) && !type.IsAbstract
        let options = type.Name[..^"Scheduler".Length] + "Options"
        where SchedulerCatalog.All.All(entry => entry.Defaults.GetType().Name != options)
        select $"{type.Name}: add a line to SchedulerCatalog");

    [Fact]
    public void Every_scheduler_says_what_it_is_and_where_it_comes_from() => Repository.NoFindings(
        from entry in SchedulerCatalog.All
        where !IsSentence(entry.Summary) || entry.Source == "" || !Repository.Exists($"docs/schedulers/{entry.Name}.md")
        select $"{entry.Name}: needs a summary (one sentence), a source and docs/schedulers/{entry.Name}.md");

    [Fact]
    public void Every_setting_has_a_summary_a_source_and_a_unit() => Repository.NoFindings(
        from entry in SchedulerCatalog.All
        from property in entry.Defaults.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
        where property.CanWrite
        let option = property.GetCustomAttribute<OptionAttribute>()
        let number = property.PropertyType == typeof(int) || property.PropertyType == typeof(long)
        where option is null || !IsSentence(option.Summary) || option.Source == "" || number && option.Unit == ""
        select $"{entry.Name}: {property.Name} needs an [Option] with a sentence, a source"
            + (number ? ", and Unit, since it is a plain number" : ""));

    [Fact]
    public void Every_preset_is_valid_and_has_its_own_name() => Repository.NoFindings(
        from entry in SchedulerCatalog.All
        let names = entry.Presets.Select(p => p.Name).ToList()
        where names.Count != names.Distinct().Count()
            || entry.Defaults.Problem() is not null || entry.Presets.Any(p => p.Options.Problem() is not null)
        select $"{entry.Name}: presets {string.Join(", ", names)}");

    private static bool IsSentence(string text) => text.Length > 3 && char.IsUpper(text[0]) && text[^1] is '.' or '?';
}
