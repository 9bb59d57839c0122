using System.Text.Json;
using Flms.TestBed.Measures;
using Flms.TestBed.Runs;

namespace Flms.Cli.Verbs.Labs;

/// <summary>What a lab has measured, for programs.</summary>
internal static class LabJson
{
    /// <summary>What it looks like.</summary>
    public const string Shape =
        """{"pcpus", "accelerator", "pings", "rate", "cases":[{"noisy", "load_percent", "alone":TRIPS, """
        + """ "settings":[{"setting", "round_trip_ms":TRIPS, "times_shorter":{"p50":RATIO, "p90", "p99", "max"}, """
        + """ "work_ratio":RATIO, "fair_work_ratio", "fair_cpu_ratio", "latency_pcpus", """
        + """ "noisy_pcpus", "greediest_ratio", "jain", "agent_pcpus", "turns":[...]}]}]}; TRIPS {"sent", """
        + """ "lost", "mean", "p50", "p90", "p99", "max", "pinger_late"}, RATIO {"mean", """
        + """ "least", "greatest"} over the turns.""";

    /// <summary>Writes it.</summary>
    public static void Write(Utf8JsonWriter json, LabResult result)
    {
        json.WriteStartObject();
        json.WriteNumber("pcpus", result.Pcpus);
        json.WriteString("accelerator", result.Kvm ? "kvm" : "tcg");
        json.WriteNumber("pings", result.Plan.Pings);
        json.WriteNumber("rate", result.Plan.Rate);
        json.WriteStartArray("cases");
        foreach (var one in result.Cases) Write(json, one);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, CaseResult one)
    {
        json.WriteStartObject();
        json.WriteNumber("noisy", one.Case.Noisy);
        json.WriteNumber("load_percent", one.Case.Load);
        Write(json, "alone", one.Alone.Trips);
        Write(json, "alone_pcpus", one.Alone.Latency.Cpu);
        json.WriteStartArray("settings");
        foreach (var setting in one.Settings) Write(json, setting);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, SettingResult s)
    {
        json.WriteStartObject();
        json.WriteString("setting", s.Setting);
        Write(json, "round_trip_ms", s.Trips);
        json.WriteStartObject("times_shorter");
        Write(json, "p50", s.P50);
        Write(json, "p90", s.P90);
        Write(json, "p99", s.P99);
        Write(json, "max", s.Max);
        json.WriteEndObject();
        Write(json, "work_ratio", s.Work);
        Write(json, "fair_work_ratio", s.FairWork);
        Write(json, "fair_cpu_ratio", s.FairCpu);
        Write(json, "latency_pcpus", s.LatencyCpu);
        Write(json, "noisy_pcpus", s.NoisyCpu);
        Write(json, "greediest_ratio", s.Greediest);
        Write(json, "jain", s.Jain);
        Write(json, "agent_pcpus", s.Agent);
        json.WriteStartArray("turns");
        foreach (var turn in s.Turns) Write(json, turn);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Turn turn)
    {
        json.WriteStartObject();
        json.WriteNumber("round", turn.Round);
        json.WriteNumber("tries", turn.Tries);
        Write(json, "round_trip_ms", turn.Trips);
        Write(json, "capacity_pcpus", turn.Capacity);
        Write(json, "stolen_pcpus", turn.Stolen);
        Write(json, "other_pcpus", turn.Others);
        Write(json, "agent_pcpus", turn.Agent);
        json.WriteStartArray("troubles");
        foreach (var line in turn.Troubles) json.WriteStringValue(line);
        json.WriteEndArray();
        json.WriteStartArray("vms");
        foreach (var vm in turn.Noisy.Prepend(turn.Latency))
        {
            json.WriteStartObject();
            json.WriteString("vm", vm.Name);
            Write(json, "pcpus", vm.Cpu);
            Write(json, "work_per_second", vm.Work);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, RoundTrips trips)
    {
        json.WriteStartObject(name);
        json.WriteNumber("sent", trips.Sent);
        json.WriteNumber("lost", trips.Lost);
        Write(json, "mean", trips.Mean);
        Write(json, "p50", trips.P50);
        Write(json, "p90", trips.P90);
        Write(json, "p99", trips.P99);
        Write(json, "max", trips.Max);
        Write(json, "pinger_late", trips.Late);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, PairedRatio? ratio)
    {
        if (ratio == null)
        {
            json.WriteNull(name);
            return;
        }
        json.WriteStartObject(name);
        Write(json, "mean", ratio.Mean);
        Write(json, "least", ratio.Least);
        Write(json, "greatest", ratio.Greatest);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number)) json.WriteNumber(name, Math.Round(number, 6));
        else json.WriteNull(name);
    }
}
