using Flms.Core;
using Flms.Sim;
using Flms.Sim.Workloads;

namespace Flms.Testing;

// Guests that give signals, on top of what they do.
public static partial class Swarm
{
    private static void AddSignals(RandomStream random, List<DomainSetup> domains)
    {
        for (var d = 0; d < domains.Count; d++)
        {
            var domain = domains[d];
            var workloads = new List<WorkloadSetup>(domain.Workloads);
            if (random.Next(0, 4) == 0) workloads.Add(new SpinSetup { Work = Spread(random, 50.Us, 5.Ms) });
            if (random.Next(0, 3) == 0) workloads.Add(Request(random, domain.Vcpus));
            if (random.Next(0, 3) == 0) workloads.Add(Jobs(random, domain.Vcpus));
            if (random.Next(0, 3) == 0) workloads.Add(new EchoSetup { Vcpu = random.Next(0, domain.Vcpus) });
            domains[d] = domain with
            {
                Workloads = workloads,
                LlcReferences = OneOf(random, 0, 100, 5_000, 50_000),
                LlcMissRatio = new(random.Next(0, 11), 10),
            };
        }
        AddPeers(random, domains);
    }

    // Everybody pings the first that answers, or nobody does.
    private static void AddPeers(RandomStream random, List<DomainSetup> domains)
    {
        var peer = domains.Find(HasEcho);
        for (var d = 0; peer != null && d < domains.Count; d++)
        {
            if (random.Next(0, 3) != 0) continue;
            var ping = new PeerPingSetup
            {
                To = peer.Name,
                Vcpu = random.Next(0, domains[d].Vcpus),
                Clock = random.Next(0, 2) == 0 ? SendClock.Wall : SendClock.Run,
                IntervalMin = 500.Us,
                IntervalMax = 20.Ms,
                Network = random.Next(0, 2) == 0 ? Duration.Zero : 100.Us,
            };
            domains[d] = domains[d] with { Workloads = [.. domains[d].Workloads, ping] };
        }
    }

    private static bool HasEcho(DomainSetup domain)
    {
        foreach (var w in domain.Workloads)
            if (w is EchoSetup) return true;
        return false;
    }

    private static RequestSetup Request(RandomStream random, int vcpus)
    {
        var interval = Spread(random, 200.Us, 20.Ms);
        return new()
        {
            Vcpu = random.Next(0, vcpus),
            AppVcpu = random.Next(0, 2) == 0 ? null : random.Next(0, vcpus),
            IntervalMin = interval / 2,
            IntervalMax = interval,
            Outstanding = random.Next(0, 3) == 0 ? random.Next(1, 5) : 0,
            Network = random.Next(0, 2) == 0 ? Duration.Zero : 50.Us,
            InterruptWork = 5.Us,
            Work = Spread(random, 5.Us, interval),
        };
    }

    private static JobsSetup Jobs(RandomStream random, int vcpus)
    {
        var interval = Spread(random, 500.Us, 20.Ms);
        return new()
        {
            Vcpu = random.Next(0, 2) == 0 ? null : random.Next(0, vcpus),
            Interval = interval,
            Work = Spread(random, 20.Us, interval * vcpus),
            Length = (JobLength)random.Next(0, 3),
            Arrivals = (Arrivals)random.Next(0, 2),
            Device = random.Next(0, 2) == 0,
        };
    }
}
