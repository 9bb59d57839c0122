using Flms.Core;
using Flms.Lab;
using Flms.Report;
using Flms.Sim;

namespace Flms.Cli;

/// <summary>Keeps what ran where in the first 400 ms of measuring, for the report.</summary>
/// <remarks>The window ends early when so much has happened that a picture would not show it.</remarks>
internal sealed class Excerpt : IWatcher
{
    private const double NsPerUs = 1000;
    private const int MostMarks = 6_000;
    private static readonly Duration Window = 400.Ms;

    private readonly string[] _names;
    private readonly VcpuId[] _running;
    private readonly Instant[] _since;
    private readonly List<TimelineRun> _runs = [];
    private readonly List<TimelineInstant> _instants = [];
    private readonly Instant _from;
    private Instant _to;

    public Excerpt(Machine machine, Experiment experiment)
    {
        _names = [.. NamesOf(machine.Setup)];
        _running = new VcpuId[machine.Topology.Count];
        Array.Fill(_running, VcpuId.None);
        _since = new Instant[machine.Topology.Count];
        _from = Instant.Zero + experiment.Warmup;
        _to = _from + Duration.Min(Window, experiment.Duration);
    }

    /// <summary>vCPUs as <c>VM/INDEX</c>.</summary>
    public static IEnumerable<string> NamesOf(MachineSetup setup) =>
        from domain in setup.Domains
        from number in Enumerable.Range(0, domain.Vcpus)
        select $"{domain.Name}/{number}";

    /// <inheritdoc />
    public void On(in HostEvent e)
    {
        if (e.At > _to) return;
        if (e.Kind == HostEventKind.Switch)
        {
            EndRun(e.Pcpu.Index, e.At);
            (_running[e.Pcpu.Index], _since[e.Pcpu.Index]) = (e.Vcpu, e.At);
        }
        else if (e.At >= _from && WordOf(e) is { } kind)
        {
            _instants.Add(new()
            {
                Kind = kind,
                TUs = e.At.Ns / NsPerUs,
                Pcpu = e.Pcpu.Index,
                Vcpu = e.Vcpu.IsNone ? "" : _names[e.Vcpu.Index],
            });
        }
        if (_runs.Count + _instants.Count >= MostMarks) _to = e.At;
    }

    /// <summary>The window. To be asked once, after the run.</summary>
    public TimelineExcerpt Of(string scheduler)
    {
        for (var p = 0; p < _running.Length; p++) EndRun(p, _to);
        return new()
        {
            Scheduler = scheduler,
            StartUs = _from.Ns / NsPerUs,
            EndUs = _to.Ns / NsPerUs,
            Pcpus = _running.Length,
            Runs = _runs,
            Instants = _instants,
        };
    }

    private void EndRun(int p, Instant at)
    {
        var from = _since[p] > _from ? _since[p] : _from;
        if (_running[p].IsNone || at <= from) return;
        _runs.Add(new()
        {
            Pcpu = p,
            Vcpu = _names[_running[p].Index],
            StartUs = from.Ns / NsPerUs,
            EndUs = at.Ns / NsPerUs,
        });
    }

    private static string? WordOf(in HostEvent e) => e.Kind switch
    {
        HostEventKind.Wake => "wake",
        HostEventKind.Migrate => "migrate",
        HostEventKind.HolderPreempted => "lock holder",
        HostEventKind.Note => e.Note switch
        {
            Note.Boost => "boost",
            Note.Steal => "steal",
            Note.Preempt => "preempt",
            Note.Regroup => "regroup",
            _ => null,
        },
        _ => null,
    };
}
