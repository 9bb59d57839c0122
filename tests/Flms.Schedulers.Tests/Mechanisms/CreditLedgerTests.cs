using System.Text.Json;
using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Tests.Mechanisms;

public sealed class CreditLedgerTests
{
    private sealed class NoParking : IParking
    {
        public void Parked(VcpuId v, Instant now) { }

        public void Unparked(VcpuId v, Instant now) { }
    }

    [Fact]
    public void Burns_what_the_genuine_code_burned()
    {
        foreach (var line in Golden.Lines("credit_burn.jsonl"))
        {
            var ledger = new CreditLedger(1, 1, new NoParking());
            ledger.Add(new(0), new() { Domain = new(0), Weight = 256 });
            foreach (var step in line.GetProperty("steps").EnumerateArray())
            {
                ledger.Burn(new(0), new(step.GetProperty("now").GetInt64()));
                Assert.Equal(step.GetProperty("credit").GetInt64(), ledger.CreditOf(new(0)));
                var (residual, start) = ledger.ChargeState(new(0));
                Assert.Equal(step.GetProperty("residual").GetInt32(), residual);
                Assert.Equal(step.GetProperty("start").GetInt64(), start);
            }
        }
    }

    [Fact]
    public void Deals_what_the_genuine_code_dealt()
    {
        var accountings = 0;
        foreach (var line in Golden.Lines("credit_acct.jsonl"))
        {
            accountings++;
            DealsLike(line);
        }
        Assert.True(accountings > 100);
    }

    [Fact]
    public void A_weight_that_changes_counts_from_the_next_accounting()
    {
        var ledger = new CreditLedger(2, 2, new NoParking()) { SliceCredit = 300, PoolCredit = 300 };
        for (var v = 0; v < 2; v++)
        {
            ledger.Add(new(v), new() { Domain = new(v), Weight = 256 });
            ledger.Restore(new(v), -150, false);
            ledger.Activate(new(v));
        }
        ledger.Adjust(new() { Domain = new(1), Weight = 512 });
        ledger.Account(Instant.Zero);
        Assert.Equal((-50, 50), (ledger.CreditOf(new(0)), ledger.CreditOf(new(1))));
        Assert.Equal((Pri.Over, Pri.Under), (ledger.PriOf(new(0)), ledger.PriOf(new(1))));
    }

    [Fact]
    public void Credit_less_than_a_whole_one_survives_blocking()
    {
        var ledger = new CreditLedger(1, 1, new NoParking());
        ledger.Add(new(0), new() { Domain = new(0), Weight = 256 });
        for (var run = 0; run < 10; run++)
        {
            ledger.Begin(new(0), new(run * 1_000_000));
            ledger.End(new(0), new(run * 1_000_000 + 50_000));
        }
        Assert.Equal(-5, ledger.CreditOf(new(0)));
    }

    private static void DealsLike(JsonElement line)
    {
        var pcpus = line.GetProperty("pcpus").GetInt32();
        var credits = line.GetProperty("tslice_ms").GetInt32() * 10;
        var domains = line.GetProperty("domains").EnumerateArray().ToArray();
        var count = domains.Sum(d => d.GetProperty("vcpus").GetArrayLength());
        var ledger = new CreditLedger(count, domains.Length, new NoParking())
        {
            SliceCredit = credits,
            PoolCredit = pcpus * credits,
            Balance = line.GetProperty("balance_in").GetInt64(),
        };
        // Each activation goes to the head of its list, so the last shall be first.
        var last = count;
        for (var d = domains.Length - 1; d >= 0; d--)
        {
            var vcpus = domains[d].GetProperty("vcpus").EnumerateArray().ToArray();
            last -= vcpus.Length;
            var info = new VcpuInfo
            {
                Domain = new(d),
                Weight = domains[d].GetProperty("weight").GetInt32(),
                Cap = domains[d].GetProperty("cap").GetInt32(),
            };
            for (var i = vcpus.Length - 1; i >= 0; i--)
            {
                var v = new VcpuId(last + i);
                ledger.Add(v, info);
                var credit = vcpus[i].GetProperty("credit").GetInt64();
                ledger.Restore(v, credit, vcpus[i].GetProperty("parked").GetInt32() != 0);
                ledger.Activate(v);
            }
        }

        ledger.Account(Instant.Zero);

        var expected = line.GetProperty("out_vcpus").EnumerateArray().ToArray();
        for (var v = 0; v < count; v++)
        {
            var e = expected[v];
            Assert.Equal(e.GetProperty("credit").GetInt64(), ledger.CreditOf(new(v)));
            Assert.Equal(e.GetProperty("pri").GetString(), ledger.PriOf(new(v)).ToString().ToUpperInvariant());
            Assert.Equal(e.GetProperty("parked").GetInt32() != 0, ledger.IsParked(new(v)));
            Assert.Equal(e.GetProperty("active").GetInt32() != 0, ledger.IsActive(new(v)));
        }
        Assert.Equal(line.GetProperty("balance_out").GetInt64(), ledger.Balance);
        Assert.Equal(line.GetProperty("weight_out").GetInt64(), ledger.ActiveWeight);
        var order = new List<int>();
        for (var d = ledger.FirstActiveDomain; d >= 0; d = ledger.NextActiveDomain(d)) order.Add(d);
        Assert.Equal(line.GetProperty("active_domain_order").EnumerateArray().Select(d => d.GetInt32()), order);
    }
}
