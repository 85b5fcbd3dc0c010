using Slipway.Hosting;
using Slipway.Preflight;

namespace Slipway.Tests.Preflight;

/// <summary>A containerd that others installed is looked at, judged, and left as it is.</summary>
public sealed class RuntimeChecksTests
{
    // What containerd 1.7 and 2.x print, cut to what matters.
    private const string One = """
        disabled_plugins = []
        version = 2
        [plugins."io.containerd.grpc.v1.cri".containerd]
          default_runtime_name = "runc"
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
          SystemdCgroup = true
        """;

    private const string Two = """
        version = 3
        disabled_plugins = []
        [plugins.'io.containerd.cri.v1.runtime'.containerd]
          default_runtime_name = 'nvidia'
        [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.nvidia.options]
          SystemdCgroup = true
        [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
          SystemdCgroup = false
        """;

    private static readonly FoundContainerd Good = new() { Program = "/usr/bin/containerd", Version = "2.3.4", Unit = new UnitState("enabled", "active") };

    [Fact]
    public void A_good_one_passes() => Assert.Empty(Findings(Good.Configured(One)));

    [Fact]
    public void The_options_that_count_are_those_of_the_default_runtime()
    {
        Assert.Empty(Findings(Good.Configured(Two)));
        Assert.Equal(["runtime.cgroup-driver"], Findings(Good.Configured(Two.Replace("'nvidia'\n", "'runc'\n", StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData("disabled_plugins = [\"cri\"]")]
    [InlineData("disabled_plugins = ['io.containerd.grpc.v1.cri']")]
    [InlineData("disabled_plugins = [\n  'io.containerd.snapshotter.v1.btrfs',\n  'io.containerd.cri.v1.images',\n]")]
    public void The_CRI_plugin_switched_off_is_a_failure_whatever_it_is_called(string line) =>
        Assert.Contains("runtime.cri-disabled", Findings(Good.Configured(One.Replace("disabled_plugins = []", line, StringComparison.Ordinal))));

    [Fact]
    public void Another_plugin_switched_off_is_its_owners_business() => Assert.Empty(Findings(Good.Configured(
        One.Replace("disabled_plugins = []", "disabled_plugins = [\"io.containerd.snapshotter.v1.btrfs\"]", StringComparison.Ordinal))));

    [Theory]
    [InlineData("1.6.20~ds1", "fail")]
    [InlineData("1.7.23", "fail")]
    [InlineData("1.7.24", "warn")]
    [InlineData("2.1.5", "warn")]
    [InlineData("2.2.0", "")]
    [InlineData("2.3.0", "")]
    [InlineData("3.0.1", "")]
    public void Its_version_is_judged_by_what_upstream_supports(string version, string expected)
    {
        var found = Checks.Findings(Intent, Wanted.Facts with { Containerd = Good.Configured(One) with { Version = version } }, []).SingleOrDefault(one => one.Check.Id == "runtime.old");
        Assert.Equal(expected, found?.Result switch { CheckResult.Fail => "fail", CheckResult.Warn => "warn", _ => "" });
    }

    [Theory]
    [InlineData("", "", true)]
    [InlineData("not-found", "inactive", true)]
    [InlineData("masked", "inactive", true)]
    [InlineData("enabled", "failed", true)]
    [InlineData("disabled", "active", false)]
    [InlineData("enabled", "activating", false)]
    public void Its_unit_must_be_there_and_run(string file, string active, bool fails) =>
        Assert.Equal(fails, Findings(Good.Configured(One) with { Unit = new UnitState(file, active) }).Contains("runtime.unit-missing"));

    [Fact]
    public void Where_nobody_has_looked_nothing_is_judged() => Assert.Empty(Checks.Findings(Intent, Wanted.Facts, []));

    [Fact]
    public async Task It_is_found_and_asked_on_the_node()
    {
        using var tree = new AptTree();
        Assert.Equal(["runtime.missing"], Findings(await FoundContainerd.LookAsync(tree.Node.Host, Ct)).Where(id => id == "runtime.missing"));
        tree.Node.Put("/usr/bin/containerd", $"#!/bin/sh\ncase $* in --version) echo containerd github.com/containerd/containerd/v2 v2.3.4 5ea1b5f;; 'config dump') cat <<'EOF'\n{One}\nEOF\n;; *) exit 64;; esac\n", Modes.Mode755);
        tree.Node.Put("/usr/lib/systemd/system/containerd.service", "[Service]\nExecStart=/usr/bin/containerd\n[Install]\nWantedBy=multi-user.target\n");
        var listing = Shell.Run("find etc/containerd usr/bin/containerd -printf '%p %T@\\n' 2>/dev/null || true", tree.Root);
        var found = await FoundContainerd.LookAsync(tree.Node.Host, Ct);
        Assert.Equal(("/usr/bin/containerd", "2.3.4", "", true), (found.Program, found.Version, found.Trouble, found.SystemdCgroup));
        Assert.Equal("disabled", found.Unit.File);
        Assert.Equal(listing, Shell.Run("find etc/containerd usr/bin/containerd -printf '%p %T@\\n' 2>/dev/null || true", tree.Root));
        tree.Node.Put("/usr/bin/containerd", "#!/bin/sh\necho 'toml: line 3: wrong' >&2\nexit 1\n", Modes.Mode755);
        Assert.Contains("runtime.unreadable", Findings(await FoundContainerd.LookAsync(tree.Node.Host, Ct)));
    }

    private static Slipway.Steps.Intent Intent { get; } = Wanted.Worker("  runtime: {source: none}");

    private static IReadOnlyList<string> Findings(FoundContainerd found) => [.. Checks.Findings(Intent, Wanted.Facts with { Containerd = found }, []).Select(one => one.Check.Id)];
}
