using Flms.Core;
using Flms.Schedulers.Flms;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Flms;

public sealed class IoBoostTests
{
    private static readonly VcpuId A = new(0);
    private static readonly VcpuId B = new(1);

    private static IoBoost Make(
        LoadHistory history = LoadHistory.Smoothed, Newcomer newcomer = Newcomer.First, bool dispatches = true)
    {
        var boost = new IoBoost(2, new(history, new(7, 8), newcomer, dispatches));
        boost.Reset(A);
        boost.Reset(B);
        return boost;
    }

    private static long Credits(int n) => (long)n << IoBoost.HistoryBits;

    [Fact]
    public void A_new_vCPU_is_the_most_urgent_as_the_paper_has_it_or_the_least()
    {
        Assert.Equal(0, Make().Of(A));
        Assert.Equal(IoBoost.One, Make(newcomer: Newcomer.Last).Of(A));
    }

    [Fact]
    public void Each_dispatch_adds_one_over_the_credits_burnt_so_far()
    {
        var boost = Make();
        boost.Dispatched(A); // nothing burnt yet: one over one
        Assert.Equal(IoBoost.One, boost.Of(A));
        boost.Burn(A, 50);
        boost.Dispatched(A);
        Assert.Equal(IoBoost.One + IoBoost.One / 50, boost.Of(A));
        boost.Burn(A, 50);
        boost.Dispatched(A);
        Assert.Equal(IoBoost.One + IoBoost.One / 50 + IoBoost.One / 100, boost.Of(A));
    }

    [Fact]
    public void Dispatches_need_not_count()
    {
        var boost = Make(dispatches: false);
        boost.Dispatched(A);
        Assert.Equal(0, boost.Of(A));
    }

    [Fact]
    public void The_smoothed_history_takes_an_eighth_of_each_load_period()
    {
        var boost = Make();
        boost.Burn(A, 80);
        Assert.Equal(0, boost.HistoryLoad(A)); // the period has not ended
        boost.EndLoadPeriod();
        Assert.Equal(Credits(10), boost.HistoryLoad(A)); // 80 / 8
        boost.Burn(A, 16);
        boost.EndLoadPeriod();
        Assert.Equal(Credits(10) * 7 / 8 + Credits(2), boost.HistoryLoad(A)); // 8.75 + 2
    }

    [Fact]
    public void The_summed_history_grows_for_ever()
    {
        var boost = Make(LoadHistory.Sum);
        for (var i = 0; i < 10; i++)
        {
            boost.Burn(A, 30);
            boost.EndLoadPeriod();
        }
        Assert.Equal(Credits(300), boost.HistoryLoad(A));
    }

    [Fact]
    public void Periods_slept_through_count_as_if_each_had_been_stepped()
    {
        var (stepped, slept) = (Make(), Make());
        stepped.Burn(A, 97);
        slept.Burn(A, 97);
        for (var i = 0; i < 60; i++)
        {
            stepped.EndLoadPeriod();
            stepped.HistoryLoad(A);
            slept.EndLoadPeriod();
        }
        Assert.True(stepped.HistoryLoad(A) > 0);
        Assert.Equal(stepped.HistoryLoad(A), slept.HistoryLoad(A));
    }

    [Fact]
    public void A_history_is_forgotten_in_the_end()
    {
        var boost = Make();
        boost.Burn(A, 100);
        for (var i = 0; i < 1000; i++) boost.EndLoadPeriod();
        Assert.Equal(0, boost.HistoryLoad(A));
    }

    [Fact]
    public void At_the_isolation_period_IO_Boost_becomes_one_over_the_history()
    {
        var boost = Make();
        boost.Burn(A, 80);
        boost.Dispatched(A);
        boost.EndLoadPeriod();
        boost.Renew(A);
        Assert.Equal(IoBoost.One / 10, boost.Of(A)); // history 10
        boost.Dispatched(A);                          // the count of credits began anew
        Assert.Equal(IoBoost.One / 10 + IoBoost.One, boost.Of(A));
    }

    [Fact]
    public void Who_burns_more_comes_first_and_who_burns_nothing_last()
    {
        var boost = Make();
        boost.Burn(A, 80);
        boost.EndLoadPeriod();
        boost.Renew(A);
        boost.Renew(B);
        Assert.True(boost.Of(A) < boost.Of(B));
        Assert.Equal(IoBoost.One, boost.Of(B)); // a history below one credit counts as one
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        Assert.Equal(0, Allocation.Least(() =>
        {
            var boost = Make();
            return () =>
            {
                for (var i = 0; i < 1000; i++)
                {
                    boost.Burn(A, i % 7);
                    boost.Dispatched(A);
                    boost.EndLoadPeriod();
                    boost.Renew(A);
                }
            };
        }));
    }
}
