using Slipway.Hosting;
using Slipway.Preflight;

namespace Slipway.Tests.Preflight;

/// <summary>What cannot work together is refused before anything is touched; what is only not recommended is told.</summary>
public sealed class CombinationsTests
{
    [Theory]
    [InlineData("1.31.4", "4.18.0-553.el8_10.x86_64", "pass")]
    [InlineData("1.31.4", "3.0.101", "fail")]
    [InlineData("1.32.0", "4.18.0-553.el8_10.x86_64", "fail")]
    [InlineData("1.33.0", "4.18.0-553.el8_10.x86_64", "fail")]
    [InlineData("1.33.0", "4.19.0", "pass")]
    [InlineData("1.33.0", "5.14.0-503.el9.x86_64", "pass")]
    [InlineData("1.34.0", "4.18.0-553.el8_10.x86_64", "warn")]
    [InlineData("1.36.2", "5.4.0", "pass")]
    [InlineData("1.33.0", "", "pass")]
    public void A_kernel_is_judged_as_the_kubeadm_of_that_version_does(string kubernetes, string kernel, string outcome) =>
        Assert.Equal(outcome, Outcome("kernel.version", kubernetes, "", Wanted.Facts with { Kernel = kernel }));

    [Fact]
    public void A_kernel_that_kubeadm_is_told_to_pass_over_is_only_a_warning() => Assert.Equal("warn", Outcome("kernel.version", "1.33.0", "",
        Wanted.Facts with { Kernel = "4.18.0" }, join: "ignorePreflightErrors: [SystemVerification],"));

    [Theory]
    [InlineData("1.36.2", "", "pass")]
    [InlineData("1.36.2", "version: 1.7.34", "warn")]
    [InlineData("1.36.2", "version: 1.7.20", "fail")]
    [InlineData("1.36.2", "version: 1.5.0", "fail")]
    [InlineData("1.34.0", "version: 1.7.34", "pass")]
    [InlineData("1.36.2", "version: 1.5.0, source: none", "pass")]
    public void A_containerd_is_judged_where_it_would_be_installed(string kubernetes, string runtime, string outcome) =>
        Assert.Equal(outcome, Outcome("runtime.version", kubernetes, runtime, Wanted.Facts));

    [Theory]
    [InlineData("2.36", false, "pass")]
    [InlineData("2.28", false, "fail")]
    [InlineData("2.28", true, "pass")]
    [InlineData(null, false, "warn")]
    [InlineData(null, true, "pass")]
    public void A_build_that_the_C_library_is_too_old_for_is_refused(string? glibc, bool isStatic, string outcome)
    {
        var intent = Wanted.Worker();
        var facts = Wanted.Facts with { Glibc = glibc is null ? null : Version.Parse(glibc) };
        Assert.Equal(outcome, Word(Checks.Findings(intent with { Release = intent.Release with { ContainerdStatic = isStatic } }, facts, []), "runtime.glibc"));
    }

    [Theory]
    [InlineData("1.7.34", "version = 2", "pass")]
    [InlineData("1.7.34", "version = 3", "fail")]
    [InlineData("2.2.7", "version = 3", "pass")]
    [InlineData("2.2.7", "version = 4", "fail")]
    [InlineData("2.3.4", " version=4 # newest", "pass")]
    [InlineData("2.3.4", "root = '/x'\nversion = 5", "fail")]
    [InlineData("2.3.4", "[plugins.x]\nversion = 9", "pass")]
    [InlineData("2.3.4", "root = '/x'", "pass")]
    public void A_configuration_for_a_newer_containerd_is_refused(string containerd, string toml, string outcome)
    {
        var intent = Wanted.Worker();
        intent = intent with
        {
            Config = intent.Config with { Runtime = new(null, containerd, new Slipway.Config.SecretRef.Literal(new(toml)), null) },
            Release = intent.Release with { Containerd = containerd },
        };
        Assert.Equal(outcome, Word(Checks.Findings(intent, Wanted.Facts, ["runtime.version"]), "runtime.config-version"));
    }

    [Fact]
    public void RHEL_8_runs_the_newest_with_the_static_build_and_the_unified_hierarchy()
    {
        var facts = Wanted.Facts with { Kernel = "4.18.0-553.el8_10.x86_64", Glibc = new Version(2, 28), OsId = "rhel", OsVersion = "8.10" };
        var intent = Wanted.Worker();
        intent = intent with { Release = Slipway.Artifacts.VersionTable.For("1.36.2", "", "", _ => null, facts.Glibc) };
        Assert.Null(Checks.Failure(Checks.Findings(intent, facts, [])));
        Assert.Equal("cgroup.v1", Checks.Failure(Checks.Findings(intent, facts with { CgroupV1 = true }, []))?.Code);
    }

    private static string Outcome(string check, string kubernetes, string runtime, Facts facts, string join = "")
    {
        using var node = new Node();
        var intent = Wanted.Accept($$"""
            apiVersion: slipway.dev/v1alpha1
            kind: NodeConfig
            spec:
              kubernetes: {version: {{kubernetes}}}
              runtime: { {{runtime}} }
              join: {kubeadm: { {{join}} join: {apiServerEndpoint: "10.0.0.10:6443", token: abcdef.0123456789abcdef, unsafeSkipCAVerification: true} } }
            """, node.Files).Intent;
        return Word(Checks.Findings(intent, facts, []), check);
    }

    private static string Word(IReadOnlyList<CheckFinding> findings, string check) => findings.FirstOrDefault(finding => finding.Check.Id == check)?.Result switch
    {
        null => "pass",
        CheckResult.Warn => "warn",
        _ => "fail",
    };
}
