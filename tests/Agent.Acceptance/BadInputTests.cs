namespace Slipway.Acceptance;

/// <summary>Wrong documents and wrong command lines are told in full, and nothing is touched.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task Every_mistake_is_told_at_once_with_its_place_and_the_nearest_name()
    {
        node.Put("/etc/slipway/node.d/10-node.yaml", """
            apiVersion: slipway.dev/v1alpha1
            kind: NodeConfig
            spec:
              kubernetes: {versoin: 1.36.2}
              node: {name: Worker_7}
              timeouts: {join: soon}
              join:
                kubeadm: {join: {apiServerEndpoint: "10.0.0.10:6443", token: canary.0123456789abcdef, caCertHashes: [sha256:abc]}}
            """);
        var before = TreeListing.Of(node.Root, times: true);
        (await node.RunAsync("config", "check")).Exits(78)
            .Says("10-node.yaml:4:16").Says("versoin").Says("version")
            .Says("10-node.yaml:5:16")
            .Says("10-node.yaml:6:20")
            .Says("10-node.yaml:8:")
            .Says("4 mistakes");
        Assert.Equal(before, TreeListing.Of(node.Root, times: true));
        var run = (await node.RunAsync("run")).Exits(78).Says("10-node.yaml:4:16").Says("10-node.yaml:6:20");
        Assert.DoesNotContain("canary.0123456789abcdef", run.All, StringComparison.Ordinal);
        Assert.Equal(before, TreeListing.Of(node.Root, times: true, "run"));
    }

    [Theory]
    [InlineData("a: [", "10-node.yaml:1:1")]
    [InlineData("apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec:\n\tnode: {}", "config.syntax")]
    [InlineData("apiVersion: slipway.dev/v9\nkind: NodeConfig", "config.kind-unsupported")]
    [InlineData("apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {node: {name: a}, node: {name: b}}", "config.duplicate-field")]
    [InlineData("apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {node: [1]}", "config.wrong-type")]
    [InlineData("apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {kubernetes: {version: 1.12.0}, join: {mode: prepare}}", "")]
    public async Task A_document_that_is_not_one_is_refused_with_its_code(string document, string code)
    {
        node.Put("/etc/slipway/node.d/10-node.yaml", document);
        (await node.RunAsync("config", "check")).Exits(78).Says(code);
        (await node.RunAsync("run")).Exits(78).Says(code);
        Assert.False(Directory.Exists(node["/opt"]));
    }

    [Theory]
    [InlineData("not json", ":1:")]
    [InlineData("{\"schemaVersion\": 1, \"artifacts\": null}", "artifacts")]
    [InlineData("{\"schemaVersion\": 1, \"artifacts\": [null]}", "")]
    [InlineData("{\"schemaVersion\": 1, \"artifacts\": [{\"name\": \"a\", \"version\": \"1\", \"arch\": \"amd64\", \"url\": \"/a\", \"sha256\": \"\"}]}", "absolute")]
    [InlineData("{\"schemaVersion\": 2, \"artifacts\": []}", "schemaVersion")]
    public async Task A_lock_file_that_is_not_one_is_refused(string text, string says)
    {
        node.Put("/etc/slipway/node.d/10-node.yaml", Node.Config(new Uri("http://127.0.0.1:1/")));
        node.Put("/etc/slipway/artifacts.lock", text);
        (await node.RunAsync("run")).Exits(78).Says("artifact.lock-invalid").Says(says);
    }

    [Fact]
    public async Task A_version_that_nobody_vouches_for_is_refused_before_anything_is_done()
    {
        node.Put("/etc/slipway/node.d/10-node.yaml", Node.Config(new Uri("http://127.0.0.1:1/")).Replace("1.36.2", "1.36.99", StringComparison.Ordinal));
        node.Put("/etc/slipway/artifacts.lock", new Release().Lock);
        (await node.RunAsync("run")).Exits(78).Says("artifact.digest-unknown").Says("kubelet 1.36.99");
        Assert.False(Directory.Exists(node["/opt"]));
    }

    [Theory]
    [InlineData("run", "--no-such-option")]
    [InlineData("frobnicate", "")]
    [InlineData("run", "--skip=no.such-check")]
    [InlineData("plan", "--config-source=carrier-pigeon:")]
    [InlineData("plan", "--output=xml")]
    [InlineData("explain", "no.such-code")]
    public async Task A_wrong_command_line_exits_64(string verb, string option) =>
        (await node.RunAsync([verb, .. option.Length > 0 ? (string[])[option] : []])).Exits(64);

    [Fact]
    public async Task A_root_that_does_not_exist_is_not_made()
    {
        var outcome = await Agent.RunAsync("run", "--root", node["/no/such/root"]);
        outcome.Exits(64);
        Assert.False(Directory.Exists(node["/no"]));
    }

    [Fact]
    public async Task No_configuration_is_an_error_unless_the_caller_says_otherwise()
    {
        (await node.RunAsync("run")).Exits(78).Says("config.absent");
        var outcome = (await node.RunAsync("run", "--if-configured")).Exits(0).Says("no source has a configuration");
        Assert.False(Directory.Exists(node["/var"]));
        Assert.Empty(outcome.Out);
    }

    [Fact]
    public async Task A_named_source_that_has_nothing_is_an_error_also_with_if_configured() =>
        (await node.RunAsync("run", "--if-configured", "--config-source", "file:///no/such/file")).Exits(78).Says("config.source-empty");

    [Fact]
    public async Task Whoever_is_not_root_is_told_so()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can become somebody else");
        var copy = Path.Join(Path.GetTempPath(), $"slipway-{Guid.NewGuid():N}");
        File.Copy(Agent.Path, copy);
        File.SetUnixFileMode(copy, (UnixFileMode)0b111_101_101);
        try
        {
            string[] nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy];
            using var plain = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(nobody[0], [.. nobody.Skip(1), "run"])
            {
                RedirectStandardError = true,
            })!;
            var said = await plain.StandardError.ReadToEndAsync(Ct);
            await plain.WaitForExitAsync(Ct);
            Assert.True(plain.ExitCode == 77, $"exit {plain.ExitCode}: {said}");
            Assert.Contains("run.not-root", said, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(copy);
        }
    }
}
