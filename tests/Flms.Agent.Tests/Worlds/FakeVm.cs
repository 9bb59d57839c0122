using Flms.Agent.Linux;
using Flms.Core;

namespace Flms.Agent.Tests.Worlds;

/// <summary>A thread of a <see cref="FakeWorld"/>, and what may rightly be done to it.</summary>
internal sealed class WorldThread(FakeThread thread, FakeVm vm)
{
    public FakeThread Thread => thread;
    public FakeVm Vm => vm;

    /// <summary>May it never be touched, whatever happens?</summary>
    public bool Never { get; set; }

    /// <summary>The affinity that the operator has given it while the agent was at work; null if none.</summary>
    public CpuMask? OperatorsCpus { get; set; }

    /// <summary>Has the operator made it real-time?</summary>
    public bool MadeRealTime { get; set; }

    /// <summary>May it only be put back, not placed: libvirt's operator has taken it over?</summary>
    public bool OnlyBack { get; set; }

    public int Nice { get; set; }
    public uint Policy { get; set; } = SchedAttributes.Other;
}

/// <summary>A VM of a <see cref="FakeWorld"/>.</summary>
internal sealed class FakeVm
{
    public required int Pid { get; init; }
    public required string Name { get; init; }
    public required string Cgroup { get; init; }
    public required FakeThread Main { get; init; }
    public List<WorldThread> Threads { get; } = [];

    /// <summary>What it does: 0 answers, 1 computes, 2 both, 3 nothing.</summary>
    public int Behaviour { get; set; }

    /// <summary>What its cpuset leaves.</summary>
    public required CpuMask Cpuset { get; set; }

    /// <summary>All that its cpuset has ever been.</summary>
    public List<CpuMask> Cpusets { get; } = [];

    public int Vcpus { get; set; }
}
