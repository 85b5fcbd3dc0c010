using Slipway.Hosting;
using Slipway.Preflight;
using Slipway.Reporting;

namespace Slipway.Tests.Preflight;

/// <summary>Each precondition blocks where it must, and nothing else does.</summary>
public sealed class ChecksTests
{
    [Fact]
    public void A_machine_as_it_should_be_has_nothing_to_report() => Assert.Empty(Checks.Findings(Wanted.Worker(), Wanted.Facts, []));

    [Fact]
    public void A_strange_architecture_blocks() => Assert.Equal("os.architecture", Failure(Wanted.Facts with { Architecture = "riscv64" })?.Code);

    [Fact]
    public void No_systemd_blocks_a_join_and_not_a_preparation()
    {
        var facts = Wanted.Facts with { SystemdRunning = false };
        Assert.Equal("os.systemd", Failure(facts)?.Code);
        Assert.Null(Checks.Failure(Checks.Findings(Wanted.Worker() with { Joins = false }, facts, [])));
    }

    [Fact]
    public void Too_little_room_blocks_where_something_would_be_installed()
    {
        var facts = Wanted.Facts with { FreeBytes = 100 << 20 };
        Assert.Equal("disk.space", Failure(facts)?.Code);
        Assert.Contains("100 MiB", Failure(facts)!.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.36.2", true)]
    [InlineData("1.35.0", true)]
    [InlineData("1.34.1", false)]
    public void Cgroup_v1_blocks_the_kubelets_that_refuse_it_and_warns_of_it_before(string version, bool blocks)
    {
        var intent = Wanted.Worker();
        var findings = Checks.Findings(intent with { Release = intent.Release with { Kubernetes = version } }, Wanted.Facts with { CgroupV1 = true }, []);
        Assert.Equal("cgroup.v1", Assert.Single(findings).Check.Id);
        Assert.Equal(blocks, Checks.Failure(findings) is not null);
    }

    [Theory]
    [InlineData("refuse", true)]
    [InlineData("disable", false)]
    [InlineData("allow", false)]
    public void Swap_blocks_only_where_it_is_to_be_refused(string swap, bool blocks) => Assert.Equal(blocks,
        Checks.Failure(Checks.Findings(Wanted.Worker($"  system: {{swap: {swap}}}"), Wanted.Facts with { Swaps = ["/dev/sda2"] }, [])) is not null);

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once()
    {
        var failure = Failure(Wanted.Facts with { Architecture = "riscv64", SystemdRunning = false, FreeBytes = 1 })!;
        Assert.All(["os.architecture", "os.systemd", "disk.space"], id => Assert.Contains(id, failure.What, StringComparison.Ordinal));
    }

    [Fact]
    public void A_skipped_check_does_not_look_and_an_unknown_id_is_refused()
    {
        Assert.Empty(Checks.Findings(Wanted.Worker(), Wanted.Facts with { FreeBytes = 1 }, ["disk.space"]));
        Assert.Equal("usage.unknown-check", Assert.Throws<FailureException>(() => Checks.Validate(["disk.spce"])).Failure.Code);
        Checks.Validate(["disk.space"]);
    }

    [Fact]
    public void Every_check_is_an_error_code_that_is_explained() => Assert.All(Checks.All, check => Assert.NotNull(ErrorCodes.Find(check.Id)));

    private static Slipway.Reporting.Failure? Failure(Facts facts) => Checks.Failure(Checks.Findings(Wanted.Worker(), facts, []));
}
