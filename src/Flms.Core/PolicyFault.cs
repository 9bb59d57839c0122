using System.Runtime.CompilerServices;

namespace Flms.Core;

/// <summary>A law of the contract was broken: by the policy, or by the host. Always a bug, never an input
/// error.</summary>
/// <param name="law">Which law, as named in <see cref="Scheduler"/>: <c>P1</c>, <c>H2</c>, ...; <c>bug</c> for an inner
/// check.</param>
/// <param name="message">What was seen.</param>
public sealed class PolicyFault(string law, string message) : Exception($"{law}: {message}")
{
    /// <summary>Which law was broken.</summary>
    public string Law { get; } = law;
}

/// <summary>Checks that stay on in every build: at the edge of the contract, where corrupt state must stop the
/// run.</summary>
public static class Check
{
    /// <summary>Throws unless the condition holds.</summary>
    /// <param name="condition">What must be true.</param>
    /// <param name="law">The law that it stands for.</param>
    /// <param name="text">The condition as written; filled in by the compiler.</param>
    /// <exception cref="PolicyFault">It does not hold.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void That(
        bool condition, string law = "bug", [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        if (!condition) Fail(law, text);
    }

    private static void Fail(string law, string text) => throw new PolicyFault(law, $"not true: {text}");
}
