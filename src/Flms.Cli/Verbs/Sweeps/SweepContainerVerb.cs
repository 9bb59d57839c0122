using System.CommandLine;
using Flms.Sweep.Clusters;

namespace Flms.Cli.Verbs.Sweeps;

/// <summary>Prints how an image with flms is built.</summary>
internal sealed class SweepContainerVerb : Verb
{
    public SweepContainerVerb() : base("container", "Print a container file that builds an image with flms") { }

    public override string Lesson =>
        "Build it in a checkout with podman or docker. Results in the image are those of the checkout: the hashes of "
        + "points are made from the same sources.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms sweep container > Containerfile", "then podman build -t flms -f Containerfile .")];

    public override string ReadOn => "docs/sweep.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        terminal.Out.Write(Containerfile.Text);
        return ExitCode.Fine;
    }
}
