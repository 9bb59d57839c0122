namespace Flms.Agent.Control;

/// <summary>What the plan has decided of boosting a latency-sensitive VM; shares in thousandths of a pCPU.</summary>
/// <param name="Vm">Its name.</param>
/// <param name="State">calm, boosted, waiting, narrow, no-room or refused.</param>
/// <param name="FairShare">Its fair share of the pool.</param>
/// <param name="Used">What it used in the period.</param>
/// <param name="Owed">What it has used above its share, and now gets less for.</param>
/// <param name="Reserved">What is reserved for all its threads.</param>
public sealed record BoostReport(string Vm, string State, int FairShare, int Used, int Owed, int Reserved);
