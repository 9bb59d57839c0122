using System.Runtime.CompilerServices;

namespace Flms.Agent.Linux;

/// <summary>What the kernel's scheduler reports.</summary>
public enum SchedRecordKind : byte
{
    /// <summary>A pCPU turns from thread A to thread B.</summary>
    Switch,

    /// <summary>Thread A has become runnable.</summary>
    Wake,

    /// <summary>Thread A is new, and runnable.</summary>
    WakeNew,

    /// <summary>Thread A goes from pCPU <see cref="SchedRecord.BPriority"/> to pCPU
    /// <see cref="SchedRecord.B"/>.</summary>
    Migrate,

    /// <summary>Thread A is about to end.</summary>
    Exit,

    /// <summary>The kernel had no room for <see cref="SchedRecord.A"/> events of this pCPU, just before its next
    /// one.</summary>
    Lost,
}

/// <summary>The name of a thread, as the kernel has it: at most 15 bytes and a zero.</summary>
[InlineArray(Length)]
public struct ThreadName
{
    /// <summary>Bytes, with the zero.</summary>
    public const int Length = 16;

    private byte _first;
}

/// <summary>One event of the kernel's scheduler.</summary>
public struct SchedRecord
{
    /// <summary>When, in ns of the monotonic clock.</summary>
    public long Ns;

    /// <summary>What.</summary>
    public SchedRecordKind Kind;

    /// <summary>The pCPU where it was reported, by Linux's number.</summary>
    public int Cpu;

    /// <summary>The thread that was running there.</summary>
    public int Current;

    /// <summary>The thread it is about; of a switch, who leaves; of <see cref="SchedRecordKind.Lost"/>, how many
    /// events.</summary>
    public int A;

    /// <summary>Its priority, as the kernel counts: 120 is nice 0.</summary>
    public int APriority;

    /// <summary>Of a switch, why A leaves: the low eight bits say why it sleeps, none of them that it could go on;
    /// 0x100 that it was preempted.</summary>
    public long State;

    /// <summary>Of a switch, who comes; else the pCPU where A is to run.</summary>
    public int B;

    /// <summary>Of a switch, the priority of who comes; of a migration, the pCPU it was for.</summary>
    public int BPriority;

    /// <summary>The name of thread A.</summary>
    public ThreadName AName;

    /// <summary>Of a switch, the name of thread B.</summary>
    public ThreadName BName;
}
