using Flms.TestBed.Measures;

namespace Flms.TestBed.Runs;

/// <summary>What came out of one case.</summary>
/// <param name="Case">What the VMs did.</param>
/// <param name="Alone">The latency VM alone on the machine, without an agent: the shortest round trip there can
/// be.</param>
/// <param name="Settings">Stock first, then the settings as they were asked for.</param>
public sealed record CaseResult(LabCase Case, Turn Alone, IReadOnlyList<SettingResult> Settings);

/// <summary>What came out of a lab.</summary>
/// <param name="Plan">What was to be measured.</param>
/// <param name="Kvm">Did the VMs run by KVM? Otherwise by QEMU's translation.</param>
/// <param name="Pcpus">How many pCPUs the machine has.</param>
/// <param name="Cases">In order of the plan.</param>
public sealed record LabResult(LabPlan Plan, bool Kvm, int Pcpus, IReadOnlyList<CaseResult> Cases);
