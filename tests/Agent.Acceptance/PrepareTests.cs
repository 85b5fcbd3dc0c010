namespace Slipway.Acceptance;

/// <summary>A run in prepare mode puts everything in place, once.</summary>
public sealed class PrepareTests : IAsyncDisposable
{
    private readonly Node node = new();
    private readonly Release release = new();
    private readonly LoopbackServer mirror;

    public PrepareTests()
    {
        mirror = new LoopbackServer((path, _) => release.Get(path));
        node.Configure(release, mirror.Url);
    }

    public async ValueTask DisposeAsync()
    {
        await mirror.DisposeAsync();
        node.Dispose();
    }

    [Fact]
    public async Task A_run_installs_and_a_second_run_changes_nothing()
    {
        (await node.RunAsync("run")).Exits(0).Says("prepared");
        Assert.Equal("-> /opt/slipway/kubernetes/current/bin/kubelet", Line("usr/bin/kubelet"));
        Assert.Equal("-> 1.36.2", Line("opt/slipway/kubernetes/current"));
        Assert.StartsWith("file 0755", Line("opt/slipway/kubernetes/1.36.2/bin/kubelet"), StringComparison.Ordinal);
        Assert.StartsWith("file 0755", Line("opt/cni/bin/loopback"), StringComparison.Ordinal);
        Assert.False(File.Exists(node["/opt/cni/bin/LICENSE"]));
        Assert.Equal("-> /usr/lib/systemd/system/containerd.service", Line("etc/systemd/system/multi-user.target.wants/containerd.service"));
        Assert.Empty(node.Leftovers());

        var before = TreeListing.Of(node.Root, times: true, "run");
        var downloads = mirror.Hits.Count;
        (await node.RunAsync("run")).Exits(0).Says("prepared: 0 changed");
        Assert.Equal(before, TreeListing.Of(node.Root, times: true, "run"));
        Assert.Equal(downloads, mirror.Hits.Count);
    }

    [Theory]
    [InlineData("", "nothing says which Kubernetes to prepare")]
    [InlineData("---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.2\n", "prepared")]
    public async Task Cluster_APIs_user_data_is_prepared_for_where_something_says_the_version(string more, string said)
    {
        File.Delete(node["/etc/slipway/node.d/10-node.yaml"]);
        var artifacts = $"apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {{artifacts: {{mirrors: [\"{mirror.Url}\"], lock: /etc/slipway/artifacts.lock}}}}\n";
        if (more.Length > 0)
        {
            node.Put("/usr/lib/slipway/node.d/10-image.yaml", artifacts);
        }
        var document = $$$"""
            ---
            apiVersion: kubeadm.k8s.io/v1beta4
            kind: JoinConfiguration
            nodeRegistration: {name: '{{ ds.meta_data.local_hostname }}'}
            discovery: {bootstrapToken: {apiServerEndpoint: 10.0.0.10:6443, token: {{{Node.Token}}}, unsafeSkipCAVerification: true}}

            """ + more;
        node.Put("/var/lib/cloud/seed/nocloud/meta-data", "instance-id: i-1\nlocal-hostname: worker-7\n");
        node.Put("/var/lib/cloud/seed/nocloud/user-data", "## template: jinja\n#cloud-config\n\nwrite_files:\n-   path: /run/kubeadm/kubeadm-join-config.yaml\n    owner: root:root\n"
            + "    permissions: '0640'\n    content: |\n      " + document.Replace("\n", "\n      ", StringComparison.Ordinal) + "\nruncmd:\n"
            + "  - kubeadm join --config /run/kubeadm/kubeadm-join-config.yaml  && echo success > /run/cluster-api/bootstrap-success.complete\n");
        (await node.RunAsync("run", "--if-configured")).Exits(0).Says(said);
        Assert.Equal(more.Length > 0, File.Exists(node["/usr/bin/kubelet"]));
    }

    [Fact]
    public async Task Each_file_is_fetched_once()
    {
        (await node.RunAsync("run")).Exits(0);
        Assert.Equal(7, mirror.Hits.Count);
        Assert.Equal(7, mirror.Hits.Distinct().Count());
    }

    [Fact]
    public async Task A_plan_touches_nothing_and_tells_by_its_exit()
    {
        var before = TreeListing.Of(node.Root, times: true);
        (await node.RunAsync("plan")).Exits(0).Says("would install containerd 2.3.4");
        (await node.RunAsync("plan", "--detailed-exitcode")).Exits(2);
        Assert.Equal(before, TreeListing.Of(node.Root, times: true));
        Assert.Empty(mirror.Hits);
        (await node.RunAsync("run")).Exits(0);
        (await node.RunAsync("plan", "--detailed-exitcode")).Exits(0).Says("Nothing would change");
    }

    [Fact]
    public async Task Status_finds_what_was_tampered_with_and_repair_mends_it()
    {
        (await node.RunAsync("run")).Exits(0);
        (await node.RunAsync("status")).Exits(0).Says("Drift:        none");
        var whole = node.Tree();
        var kubelet = node["/opt/slipway/kubernetes/1.36.2/bin/kubelet"];
        var time = File.GetLastWriteTimeUtc(kubelet);
        var bytes = await File.ReadAllBytesAsync(kubelet, Ct);
        bytes[100] ^= 1;
        await File.WriteAllBytesAsync(kubelet, bytes, Ct);
        // Size and time as they were: only every byte shows it.
        File.SetLastWriteTimeUtc(kubelet, time);
        await File.AppendAllTextAsync(node["/etc/sysctl.d/99-slipway.conf"], "vm.swappiness = 1\n", Ct);
        (await node.RunAsync("status")).Exits(2).Says("kubelet missing or changed").Says("/etc/sysctl.d/99-slipway.conf");
        (await node.RunAsync("run", "--repair")).Exits(0).Says("2 changed");
        (await node.RunAsync("status")).Exits(0);
        Assert.Equal(whole, node.Tree().Where(line => !line.Contains("replaced", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_umask_of_the_shell_does_not_count()
    {
        (await node.RunAsync("run")).Exits(0);
        using var careful = new Node();
        careful.Configure(release, mirror.Url);
        (await Agent.RunAsync(careful.Call("run") with { Through = ["sh", "-c", "umask 077; exec \"$0\" \"$@\""] })).Exits(0);
        // What systemctl itself makes is its own business.
        Assert.Equal(Ours(node), Ours(careful));

        static IEnumerable<string> Ours(Node node) => node.Tree().Where(line => !line.StartsWith("etc/systemd", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_of_another_owner_is_not_replaced_and_stops_the_run_before_its_first_change()
    {
        node.Put("/usr/bin/kubelet", "a package's own");
        var before = node.Tree();
        (await node.RunAsync("run")).Exits(1).Says("resource.foreign").Says("Fix:");
        Assert.Equal(before, node.Tree());
        Assert.Empty(mirror.Hits);
    }

    [Fact]
    public async Task The_ledger_announces_every_change_that_it_records()
    {
        (await node.RunAsync("run")).Exits(0);
        var entries = (await File.ReadAllLinesAsync(node["/var/lib/slipway/ledger.jsonl"], Ct))
            .Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement)
            .Select(entry => (Event: entry.GetProperty("event").GetString(), Resource: entry.GetProperty("resource").GetString())).ToList();
        var done = entries.Where(entry => entry.Event == "Done").Select(entry => entry.Resource).ToList();
        Assert.True(done.Count > 15);
        Assert.Equal(done, entries.Where(entry => entry.Event == "Intent").Select(entry => entry.Resource));
    }

    private string Line(string path) => node.Tree().Single(line => line.StartsWith(path + " ", StringComparison.Ordinal))[(path.Length + 1)..];
}
