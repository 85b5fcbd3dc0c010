namespace Slipway.E2E;

/// <summary>What was installed on a running machine goes again, and what ran there before runs again.</summary>
public sealed class RemovalTests : IAsyncDisposable
{
    // A containerd of the machine's owner: under the same name, and something else altogether.
    private const string Foreign = "[Unit]\nDescription=of the owner\n[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n";
    private readonly ContainerNetwork network = ContainerNetwork.Take();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        network.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task After_a_removal_units_files_and_settings_are_what_they_were()
    {
        Assert.SkipWhen(World.IsReal, "joins nothing");
        await using var world = await World.StartAsync(network.HostAddress);
        await using var node = await Container.CreateAsync(network, new ContainerOptions
        {
            Files =
            [
                .. Agent.Files,
                new GuestFile.Text("/usr/lib/systemd/system/containerd.service", Foreign, GuestFile.PublicFile),
                new GuestFile.Link("/etc/systemd/system/multi-user.target.wants/containerd.service", "/usr/lib/systemd/system/containerd.service"),
                new GuestFile.Text("/etc/containerd/config.toml", "# of the owner\n", UnixFileMode.UserRead | UnixFileMode.UserWrite),
                new GuestFile.Text("/etc/slipway/artifacts.lock", world.Lock, GuestFile.PublicFile),
            ],
            Ports = world.Ports,
        });
        await node.StartAsync(TimeSpan.FromSeconds(60));
        await node.WaitForUnitAsync("slipway", Node.JoinTime);
        await node.WaitForAsync("systemctl is-system-running | grep -qE 'running|degraded'", TimeSpan.FromMinutes(2));
        await node.CheckAsync("sysctl -qw net.ipv4.ip_forward=0");
        await node.WriteAsync("/etc/slipway/node.d/10-node.yaml", $$"""
            apiVersion: slipway.dev/v1alpha1
            kind: NodeConfig
            spec:
              node: {name: worker-1}
              kubernetes: {version: {{world.KubernetesVersion}}}
              artifacts: {mirrors: ["{{world.MirrorUrl}}"], lock: /etc/slipway/artifacts.lock}
              join: {mode: prepare}
            """);
        var before = await PictureAsync(node);
        Assert.Contains("sleep infinity", before, StringComparison.Ordinal);

        await node.RunAsync("systemctl restart slipway");
        await node.WaitForUnitAsync("slipway", Node.JoinTime);
        Assert.True(await node.PhaseAsync() == "Prepared", await node.JournalAsync("slipway"));
        await node.CheckAsync("ctr version && systemctl is-enabled containerd kubelet");
        Assert.Contains("net.ipv4.ip_forward = 1", await PictureAsync(node), StringComparison.Ordinal);

        var said = await node.CheckAsync("slipway uninstall");
        Assert.Contains("removed:", said, StringComparison.Ordinal);
        Assert.DoesNotContain("left", said, StringComparison.Ordinal);
        AssertSame(before, await PictureAsync(node));
        Assert.Equal("", (await node.RunAsync("ls -d /run/slipway /var/lib/slipway /opt/slipway /opt/cni 2>/dev/null; pgrep -x containerd")).Output);

        Assert.Equal("nothing to remove", (await node.CheckAsync("slipway uninstall")).Split('\n')[^1]);
        AssertSame(before, await PictureAsync(node));
    }

    private static void AssertSame(string before, string after)
    {
        var (was, now) = (before.Split('\n'), after.Split('\n'));
        Assert.Equal(([], []), (now.Except(was).ToArray(), was.Except(now).ToArray()));
    }

    /// <summary>Files with modes, owners and sizes, in /etc with their content too; units; what forwards packets.</summary>
    private static Task<string> PictureAsync(Machine node) => node.CheckAsync(
        // containerd itself makes /etc/cni/net.d and /opt/containerd.
        @"find /etc /usr /opt -xdev \( -path /etc/mtab -o -path /etc/cni -o -path /opt/containerd -o -path /etc/resolv.conf -o -name '.*.lock' \) -prune -o \( -type d -printf '%p %m %U:%G\n' \) -o -printf '%p %s %m %U:%G %l\n' | sort; "
        + "find /etc -xdev -type f -print0 | sort -z | xargs -0 sha256sum; "
        + "for u in containerd kubelet; do systemctl show -p UnitFileState -p ActiveState -p LoadState -p ExecStart $u | sed 's/start_time=.*//'; done; sysctl net.ipv4.ip_forward");
}
