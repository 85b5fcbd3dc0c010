namespace Slipway.E2E;

/// <summary>containerd from the distribution's real package, on a machine whose systemd confines the agent.</summary>
public sealed class PackageTests : IAsyncDisposable
{
    private readonly ContainerNetwork network = ContainerNetwork.Take();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        network.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_distributions_containerd_brings_a_node_up_and_the_foreign_programs_are_not_confined_with_the_agent()
    {
        Assert.SkipWhen(World.IsReal, "the real cluster decides which containerd there is");
        await using var world = await World.StartAsync(network.HostAddress);
        using var packages = await PackageServer.StartAsync(Tree.Trixie, "containerd", "runc", "libseccomp2");
        // A proxy with a password, for a host that nobody asks: it goes to the programs, and is to be seen by nobody.
        const string Password = "pr0xy-canary";
        await using var node = await Container.CreateAsync(network, new ContainerOptions
        {
            Files =
            [
                .. Agent.Files, packages.Source(network.HostAddress), new GuestFile.Link("/etc/apt/sources.list.d/debian.sources", "/dev/null"), new GuestFile.Link("/etc/apt/sources.list", "/dev/null"),
                new GuestFile.Text("/etc/systemd/system/slipway.service.d/proxy.conf",
                    $"[Service]\nEnvironment=https_proxy=http://user:{Password}@proxy.invalid:3128/ no_proxy={network.HostAddress}\n", UnixFileMode.UserRead | UnixFileMode.UserWrite),
                // What every process of the machine is started with, and in which confinement kubeadm runs.
                new GuestFile.Text("/usr/local/sbin/watch-arguments", "#!/bin/sh\nwhile :; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep 'pr0xy-canar[y]' >> /run/arguments\n"
                    + "for p in $(pgrep -f '^(/usr/bin/)?(kubeadm|apt-get)'); do cat /proc/$p/cgroup; grep NoNewPrivs /proc/$p/status; grep -ac pr0xy /proc/$p/environ | sed 's/^1$/has the proxy/'; done >> /run/foreign 2>/dev/null; sleep 0.05; done\n",
                    UnixFileMode.UserRead | UnixFileMode.UserExecute),
                new GuestFile.Text("/etc/systemd/system/watch-arguments.service", "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/usr/local/sbin/watch-arguments\n", GuestFile.PublicFile),
                new GuestFile.Link("/etc/systemd/system/sysinit.target.wants/watch-arguments.service", "/etc/systemd/system/watch-arguments.service"),
            ],
            UserData = UserData.CloudConfig(UserData.NodeConfig(world, more: "  runtime: {source: distro}"), world.Lock),
            Ports = [.. world.Ports, packages.Port],
        });
        await node.StartAsync(TimeSpan.FromSeconds(60));
        await node.WaitForUnitAsync("slipway", Node.JoinTime);
        await node.AssertJoinedAsync(world);

        Assert.Equal("installed", await node.CheckAsync("dpkg-query -W -f '${db:Status-Status}' containerd"));
        Assert.Equal("containerd: /usr/bin/containerd", await node.CheckAsync("dpkg -S /usr/bin/containerd"));
        Assert.StartsWith("containerd://1.7", world.ControlPlane!.Nodes["worker-1"].RuntimeVersion, StringComparison.Ordinal);
        var dump = await node.CheckAsync("containerd config dump");
        Assert.Contains("SystemdCgroup = true", dump, StringComparison.Ordinal);
        Assert.Contains("/etc/containerd/certs.d", dump, StringComparison.Ordinal);

        var foreign = await node.CheckAsync("cat /run/foreign");
        Assert.Contains("slipway-run-apt-get-", foreign, StringComparison.Ordinal);
        Assert.Contains("NoNewPrivs:\t0", foreign, StringComparison.Ordinal);
        Assert.DoesNotContain("NoNewPrivs:\t1", foreign, StringComparison.Ordinal);
        Assert.Contains("has the proxy", foreign, StringComparison.Ordinal);
        Assert.Equal("", (await node.RunAsync("cat /run/arguments")).Output);
        // Nothing is left of the units.
        Assert.Equal("", await node.CheckAsync("systemctl list-units --all 'slipway-run-*' --no-legend; ls /run/slipway | grep env || true"));

        // Idle: nothing is asked of the package manager but whether it is there.
        await node.CheckAsync("systemctl restart slipway");
        await node.WaitForUnitAsync("slipway", Node.JoinTime);
        Assert.Contains("member already", await node.JournalAsync("slipway"), StringComparison.Ordinal);
    }
}
