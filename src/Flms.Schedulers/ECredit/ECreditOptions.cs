using Flms.Core;
using Flms.Schedulers.Credit;

namespace Flms.Schedulers.ECredit;

/// <summary>Settings of <see cref="ECreditScheduler"/>.</summary>
public sealed record ECreditOptions : CreditOptions
{
    /// <summary>How much the last period counts in the I/O priority. Default 1/2.</summary>
    [Option("How much the requests of the last accounting period count in the I/O priority, against its past.",
        "inferred, spec/compared-systems.md 2.3: a = 0.5", Min = "0.01", Max = "1")]
    public Fraction Gain { get; init; } = new(1, 2);
}
