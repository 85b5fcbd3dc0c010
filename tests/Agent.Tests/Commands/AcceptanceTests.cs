using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Tests.Commands;

/// <summary>Decided once: what was accepted is kept, privately, and says the same at every later boot.</summary>
public sealed class AcceptanceTests : IDisposable
{
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public void What_was_accepted_comes_back_the_same()
    {
        var accepted = Wanted.Accept(Document("1.36.2"), node.Files);
        accepted.Save(node.Files, scrub: false);
        var loaded = Acceptance.Load(node.Files)!;
        Assert.Equal((accepted.Sha256, accepted.Source, accepted.Intent.NodeName, accepted.Intent.Release, accepted.Intent.Joins),
            (loaded.Sha256, loaded.Source, loaded.Intent.NodeName, loaded.Intent.Release, loaded.Intent.Joins));
        Assert.Equal(Modes.Mode600, File.GetUnixFileMode(node[Acceptance.FilePath]));
        Assert.Equal(Ids(accepted), Ids(loaded));
    }

    [Fact]
    public void A_minor_version_stays_at_the_patch_it_was_resolved_to()
    {
        var accepted = Wanted.Accept(Document("1.36"), node.Files);
        var earlier = accepted with { Intent = accepted.Intent with { Release = accepted.Intent.Release with { Kubernetes = "1.36.0" } } };
        Assert.Equal("1.36.0", Wanted.Accept(Document("1.36"), node.Files, earlier: earlier).Intent.Release.Kubernetes);
        Assert.NotEqual("1.36.0", Wanted.Accept(Document("1.36", "z"), node.Files, earlier: earlier).Intent.Release.Kubernetes);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public void A_lock_file_that_a_power_cut_emptied_is_read_from_the_accepted_configuration(string? torn)
    {
        const string Lock = "/etc/slipway/artifacts.lock";
        var document = Document("1.36.2").Replace("spec:", "spec:\n  artifacts: {lock: " + Lock + "}", StringComparison.Ordinal);
        node.Put(Lock, LockOf("1.4.3"), Modes.Mode644);
        Wanted.Accept(document, node.Files).Save(node.Files, scrub: false);
        node.Files.Delete(Lock);
        if (torn is not null)
        {
            node.Put(Lock, torn, Modes.Mode644);
        }
        var again = Wanted.Accept(document, node.Files, earlier: Acceptance.Load(node.Files));
        Assert.Equal("1.4.3", again.Intent.Digests.LockedVersion("runc", "amd64"));
    }

    [Fact]
    public void A_corrected_lock_file_counts_over_the_one_that_was_accepted()
    {
        const string Lock = "/etc/slipway/artifacts.lock";
        var document = Document("1.36.2").Replace("spec:", "spec:\n  artifacts: {lock: " + Lock + "}", StringComparison.Ordinal);
        node.Put(Lock, LockOf("1.4.2"), Modes.Mode644);
        Wanted.Accept(document, node.Files).Save(node.Files, scrub: false);
        node.Put(Lock, LockOf("1.4.3"), Modes.Mode644);
        Assert.Equal("1.4.3", Wanted.Accept(document, node.Files, earlier: Acceptance.Load(node.Files)).Intent.Release.Runc);
    }

    [Fact]
    public void Scrubbing_takes_the_single_use_secret_and_keeps_the_rest()
    {
        var accepted = Wanted.Accept(Document("1.36.2"), node.Files);
        accepted.Save(node.Files, scrub: false);
        Assert.Contains("0123456789abcdef", File.ReadAllText(node[Acceptance.FilePath]), StringComparison.Ordinal);
        accepted.Save(node.Files, scrub: true);
        Assert.DoesNotContain("0123456789abcdef", File.ReadAllText(node[Acceptance.FilePath]), StringComparison.Ordinal);
        Assert.Equal(accepted.Sha256, Acceptance.Load(node.Files)!.Sha256);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"schemaVersion\": 99}")]
    [InlineData("null")]
    public void A_saved_configuration_that_cannot_be_read_is_none(string text)
    {
        node.Put(Acceptance.FilePath, text, Modes.Mode600);
        Assert.Null(Acceptance.Load(node.Files));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("")]
    [InlineData("Bad_Name")]
    public void A_machine_whose_name_cannot_be_a_nodes_is_refused(string hostname)
    {
        var read = Slipway.Config.YamlReader.Read(Document("1.36.2"), "x");
        var valid = (Slipway.Config.NodeConfigResult.Valid)Slipway.Config.NodeConfigReader.Read([.. read.Documents], false);
        var thrown = Assert.Throws<FailureException>(() => Acceptance.Decide(valid, new Slipway.Sources.Gathered.Found
        {
            Documents = read.Documents, Source = "x", Instance = Slipway.Config.InstanceData.None, Chosen = "x", UserDataJoins = false, NotChosen = [], Warnings = [],
        }, Wanted.Facts with { Hostname = hostname }, node.Files));
        Assert.Equal("node.name-invalid", thrown.Failure.Code);
    }

    [Fact]
    public void A_runcmd_that_joins_leaves_the_join_to_it_unless_the_mode_says_otherwise()
    {
        Assert.False(Wanted.Accept(Document("1.36.2"), node.Files, userDataJoins: true).Intent.Joins);
        Assert.True(Wanted.Accept(Document("1.36.2").Replace("{kubeadm:", "{mode: join, kubeadm:", StringComparison.Ordinal), node.Files, userDataJoins: true).Intent.Joins);
        Assert.True(Wanted.Accept(Document("1.36.2"), node.Files).Intent.Joins);
    }

    private static IEnumerable<string> Ids(Acceptance accepted) =>
        Bootstrap.Describe(accepted.Intent, Wanted.Facts).SelectMany(step => step.Resources).Select(resource => resource.Id);

    private static string Document(string version, string label = "a") => $$"""
        apiVersion: slipway.dev/v1alpha1
        kind: NodeConfig
        spec:
          kubernetes: {version: "{{version}}"}
          node: {labels: {l: {{label}} } }
          join: {kubeadm: {join: {apiServerEndpoint: "10.0.0.10:6443", token: abcdef.0123456789abcdef, caCertHashes: ["sha256:{{new string('a', 64)}}"] } } }
        """;

    private static string LockOf(string runc) => $$"""
        {"schemaVersion": 1, "artifacts": [{"name": "runc", "version": "{{runc}}", "arch": "amd64",
          "url": "https://github.com/opencontainers/runc/releases/download/v{{runc}}/runc.amd64", "sha256": "{{new string('a', 64)}}"}]}
        """;
}
