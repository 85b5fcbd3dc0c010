namespace Slipway.E2E;

/// <summary>The same boots with other configurations and other mishaps, in a booted container: real systemd, journal and cgroups, up in a second.</summary>
public sealed class ContainerTests : IAsyncDisposable
{
    private readonly ContainerNetwork network = ContainerNetwork.Take();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        network.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Guestinfo_in_the_environment_packed_and_encoded_brings_a_node_up()
    {
        await using var world = await World.StartAsync(network.HostAddress);
        var packed = Convert.ToBase64String(Documents.Gzip(UserData.CloudConfig(UserData.NodeConfig(world), world.Lock)));
        await using var node = await BootAsync(world, null,
        [
            new GuestFile.Text(UserData.LockPath, world.Lock, GuestFile.PublicFile),
            new GuestFile.Text("/etc/systemd/system/slipway.service.d/guestinfo.conf",
                $"[Service]\nEnvironment=VMX_GUESTINFO=1\nEnvironment=VMX_GUESTINFO_USERDATA_ENCODING=gzip+base64\nEnvironment=VMX_GUESTINFO_USERDATA={packed}\n",
                UnixFileMode.UserRead | UnixFileMode.UserWrite),
        ]);
        await node.AssertJoinedAsync(world);
        Assert.Contains("configuration from guestinfo:", await node.JournalAsync("slipway"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Containerd_1_7_is_configured_in_its_own_layout()
    {
        Assert.SkipWhen(World.IsReal, "the real mirror decides which containerd there is");
        await using var world = await World.StartAsync(network.HostAddress, await Repack.StableAsync());
        await using var node = await BootAsync(world, UserData.CloudConfig(UserData.NodeConfig(world), world.Lock));
        await node.AssertJoinedAsync(world);
        Assert.StartsWith("containerd://1.7", world.ControlPlane!.Nodes["worker-1"].RuntimeVersion, StringComparison.Ordinal);
        await AssertContainerdTakesOurConfigurationAsync(node, "registry.k8s.io/pause:3.10");
    }

    [Fact]
    public async Task Containerd_2_is_configured_in_its_own_layout()
    {
        Assert.SkipWhen(World.IsReal, "the real mirror decides which containerd there is");
        await using var world = await World.StartAsync(network.HostAddress);
        await using var node = await BootAsync(world, UserData.CloudConfig(UserData.NodeConfig(world), world.Lock));
        await node.AssertJoinedAsync(world);
        Assert.Equal("b2", world.ControlPlane!.Nodes["worker-1"].Labels["rack"]);
        await AssertContainerdTakesOurConfigurationAsync(node, "registry.k8s.io/pause:3.10.2");
        await AssertJournalExplainsItselfAsync(node);
    }

    [Fact]
    public async Task A_wrong_CA_hash_stops_the_join_for_good_and_says_what_to_do()
    {
        await using var world = await World.StartAsync(network.HostAddress);
        var wrong = "sha256:" + new string('0', 64);
        await using var node = await BootAsync(world, UserData.CloudConfig(UserData.NodeConfig(world, caHash: wrong), world.Lock));
        await AssertFailedAsync(node, "join.ca-mismatch", "78", "kubeadm token create --print-join-command");
        Assert.Equal("", (await node.RunAsync("ls /etc/kubernetes/kubelet.conf 2>/dev/null")).Output);
        Assert.Equal(0, world.ControlPlane?.SigningRequestsOf("worker-1") ?? 0);
        await node.AssertNothingHalfInstalledAsync();
        await node.AssertKeepsSecretAsync(world.Token, joined: false);
    }

    [Fact]
    public async Task An_expired_token_stops_the_join_for_good_and_says_what_to_do()
    {
        await using var world = await World.StartAsync(network.HostAddress);
        Assert.SkipWhen(world.ControlPlane is null, "a real cluster's token is not ours to expire");
        var userData = UserData.CloudConfig(UserData.NodeConfig(world), world.Lock);
        world.ControlPlane.ExpireToken();
        await using var node = await BootAsync(world, userData);
        await AssertFailedAsync(node, "join.token-expired", "78", "kubeadm token create --print-join-command");
    }

    [Fact]
    public async Task A_digest_mismatch_installs_nothing_of_the_file_and_names_both_digests()
    {
        await using var world = await World.StartAsync(network.HostAddress);
        Assert.SkipWhen(world.Mirror is null, "a real mirror's bytes are not ours to change");
        world.Mirror.Break("/kubelet", new Fault.Corrupted());
        await using var node = await BootAsync(world, UserData.CloudConfig(UserData.NodeConfig(world), world.Lock));
        await AssertFailedAsync(node, "artifact.digest-mismatch", "1", "lock file");
        Assert.Matches("expected sha256 [0-9a-f]{64}, got [0-9a-f]{64}", await node.JournalAsync("slipway"));
        Assert.Equal("", (await node.RunAsync("find / -xdev -name kubelet -type f -size +0 2>/dev/null")).Output.Trim());
        var kubelet = world.Release!.Artifacts.Single(artifact => artifact.Name == "kubelet");
        Assert.Equal("", (await node.RunAsync($"find /var/lib/slipway/cache -name '{kubelet.Sha256}*'")).Output.Trim());
        await node.AssertNothingHalfInstalledAsync(goesOn: true);
        // All is loaded before the first change.
        Assert.Equal("", (await node.RunAsync("find /opt/slipway /opt/cni -type f")).Output.Trim());
        Assert.Equal(0, world.ControlPlane!.SigningRequestsOf("worker-1"));
    }

    [Fact]
    public async Task An_unknown_field_touches_nothing_and_names_its_place()
    {
        await using var world = await World.StartAsync(network.HostAddress);
        world.Mirror?.ClearExchanges();
        var document = UserData.NodeConfig(world, more: "  kubernets: {version: 1.2.3}\n  timeouts: {joyn: 5m}");
        await using var node = await BootAsync(world, UserData.CloudConfig(document, world.Lock));
        await AssertFailedAsync(node, "config.unknown-field", "78", "did you mean");
        var journal = await node.JournalAsync("slipway");
        Assert.Matches(@"user-data.*:\d+:\d+: spec\.kubernets: .*kubernetes", journal);
        Assert.Matches(@"user-data.*:\d+:\d+: spec\.timeouts\.joyn: .*join", journal);
        Assert.Empty(world.Mirror?.Downloads ?? []);
        Assert.Equal("", (await node.RunAsync("ls -A /opt /etc/modules-load.d/slipway.conf /var/lib/slipway/ledger.jsonl 2>/dev/null | grep -vE '^/opt:$|^$'")).Output.Trim());
    }

    [Fact]
    public async Task A_mirror_that_is_down_for_half_a_minute_is_waited_for()
    {
        await using var world = await World.StartAsync(network.HostAddress);
        Assert.SkipWhen(world.Mirror is null, "a real mirror is not ours to stop");
        var outage = world.Mirror.OutageAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await using var node = await BootAsync(world, UserData.CloudConfig(UserData.NodeConfig(world), world.Lock));
        await outage;
        await node.AssertJoinedAsync(world);
        var journal = await node.JournalAsync("slipway");
        Assert.Matches(@"download .*: attempt \d+ failed .*; next in \d", journal);
    }

    [Fact]
    public async Task A_second_instance_is_told_who_is_at_work()
    {
        await using var world = await World.StartAsync(network.HostAddress);
        Assert.SkipWhen(world.Mirror is null, "a real mirror cannot be slowed down");
        world.Mirror.Break("", new Fault.Throttled(1 << 20));
        await using var node = await Container.CreateAsync(network, Options(world, UserData.CloudConfig(UserData.NodeConfig(world), world.Lock), []));
        await node.StartAsync(TimeSpan.FromSeconds(60));
        await node.WaitForAgentAsync("find /var/lib/slipway/cache -name '*.part' | grep -q .");
        var second = await node.RunAsync("slipway run");
        Assert.Equal(75, second.Exit);
        Assert.Contains($"pid {await node.UnitAsync("slipway", "MainPID")}", second.Output, StringComparison.Ordinal);
        world.Mirror.Heal();
        await node.WaitForUnitAsync("slipway", Node.JoinTime);
        await node.AssertJoinedAsync(world);
    }

    [Fact]
    public async Task Prepare_mode_leaves_the_join_to_the_user_datas_own_commands()
    {
        await using var world = await World.StartAsync(network.HostAddress);
        var userData = UserData.CloudConfig(UserData.NodeConfig(world), world.Lock)
            + "runcmd:\n- kubeadm join --config /run/kubeadm/kubeadm-join-config.yaml || echo ran > /run/runcmd-ran\n";
        await using var node = await BootAsync(world, userData);
        Assert.Equal("Prepared", await node.PhaseAsync());
        // The preparation was complete before cloud-init's last stage ran the commands: they found kubeadm.
        await node.WaitForAsync("test -e /run/runcmd-ran", TimeSpan.FromMinutes(2));
        Assert.Equal(0, world.ControlPlane?.SigningRequestsOf("worker-1") ?? 0);
        Assert.Contains("kubeadm", (await node.RunAsync("cat /var/log/cloud-init-output.log")).Output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("kubeadm: not found", (await node.RunAsync("cat /var/log/cloud-init-output.log")).Output, StringComparison.Ordinal);
        Assert.Equal("", (await node.RunAsync("ls /run/cluster-api/bootstrap-success.complete 2>/dev/null")).Output);
    }

    [Fact]
    public async Task A_machine_without_configuration_boots_on_with_one_line()
    {
        await using var world = await World.StartAsync(network.HostAddress);
        await using var node = await BootAsync(world, "#cloud-config\nhostname: plain\n");
        Assert.Equal("active", await node.UnitAsync("slipway", "ActiveState"));
        Assert.Contains("nothing to do", await node.JournalAsync("slipway"), StringComparison.Ordinal);
        Assert.Equal("Unconfigured", await node.PhaseAsync());
    }

    private async Task<Container> BootAsync(World world, string? userData, IReadOnlyList<GuestFile>? more = null)
    {
        var node = await Container.CreateAsync(network, Options(world, userData, more ?? []));
        await node.StartAsync(TimeSpan.FromSeconds(60));
        await node.WaitForUnitAsync("slipway", Node.JoinTime);
        return node;
    }

    private static ContainerOptions Options(World world, string? userData, IReadOnlyList<GuestFile> more) =>
        new() { Files = [.. Agent.Files, .. more], UserData = userData, Ports = world.Ports };

    /// <summary>The unit failed with the exit code, was not restarted, and the journal has code and fix.</summary>
    private static async Task AssertFailedAsync(Container node, string code, string exit, string fix)
    {
        var journal = await node.JournalAsync("slipway");
        Assert.True(await node.UnitAsync("slipway", "ActiveState") == "failed", journal);
        Assert.Equal(exit, await node.UnitAsync("slipway", "ExecMainStatus"));
        Assert.Equal("0", await node.UnitAsync("slipway", "NRestarts"));
        Assert.Contains(code, journal, StringComparison.Ordinal);
        Assert.Contains("Fix:", journal, StringComparison.Ordinal);
        Assert.Contains(fix, journal, StringComparison.Ordinal);
        Assert.Contains(code, await node.CheckAsync("cat /run/slipway/status.json"), StringComparison.Ordinal);
        Assert.NotEqual("", await node.CheckAsync($"journalctl --no-pager -b -u slipway SLIPWAY_CODE={code} -o cat"));
    }

    private static async Task AssertContainerdTakesOurConfigurationAsync(Container node, string pause)
    {
        // What the daemon made of the file, not what we wrote: a key in the wrong place is dropped without a word.
        var dump = await node.CheckAsync("containerd config dump");
        Assert.Contains("SystemdCgroup = true", dump, StringComparison.Ordinal);
        Assert.Contains(pause, dump, StringComparison.Ordinal);
        Assert.Contains("/etc/containerd/certs.d", dump, StringComparison.Ordinal);
        var complaints = (await node.RunAsync("journalctl -b --no-pager -o cat -u containerd | grep -E 'level=(warn|error)' | grep -iE 'unknown|deprecat|invalid'")).Output;
        Assert.True(complaints.Length == 0, complaints);
    }

    /// <summary>The native fields are there, and every MESSAGE_ID that was logged has an explanation.</summary>
    private static async Task AssertJournalExplainsItselfAsync(Container node)
    {
        foreach (var field in new[] { "SLIPWAY_STEP", "SLIPWAY_SOURCE", "SLIPWAY_DURATION_USEC", "SLIPWAY_CONFIG_SHA256" })
        {
            Assert.NotEqual("", await node.CheckAsync($"journalctl -b --no-pager -F {field}"));
        }
        await node.CheckAsync("journalctl --update-catalog");
        foreach (var id in (await node.CheckAsync("journalctl -b --no-pager -u slipway -o json --output-fields=MESSAGE_ID | grep -o '\"MESSAGE_ID\":\"[0-9a-f]*\"' | cut -d'\"' -f4 | sort -u")).Split('\n'))
        {
            await node.CheckAsync($"journalctl --dump-catalog {id}");
        }
        Assert.Contains("verified member", await node.CheckAsync("systemctl show -P StatusText slipway"), StringComparison.Ordinal);
    }
}
