namespace Slipway.E2E;

/// <summary>A virtual machine powers on, finds its configuration on a cidata disk, installs Kubernetes and joins; later boots look after it.</summary>
public sealed class BootTests
{
    [Fact]
    public async Task A_machine_that_powers_on_joins_and_a_reboot_changes_nothing()
    {
        await using var world = await World.StartAsync();
        await using var vm = await Vm.CreateAsync(new VmOptions
        {
            Files = Agent.Files,
            UserData = UserData.CloudConfig(UserData.NodeConfig(world), world.Lock),
        });
        await vm.StartAsync();
        await vm.WaitForShellAsync(TimeSpan.FromMinutes(3));
        await vm.WaitForUnitAsync("slipway", Node.JoinTime);
        await vm.AssertJoinedAsync(world);
        await vm.AssertNothingHalfInstalledAsync();
        await vm.AssertKeepsSecretAsync(world.Token, joined: true);

        // systemd dropped no job to break a circle, and cloud-init's last stage ran.
        await vm.WaitForAsync("systemctl is-system-running --wait | grep -qE 'running|degraded'", TimeSpan.FromMinutes(2));
        Assert.Equal("", (await vm.RunAsync("journalctl -b --no-pager | grep -i 'ordering cycle'")).Output);
        Assert.Equal("active", await vm.UnitAsync("cloud-final", "ActiveState"));
        Assert.Contains("exposure level", await vm.CheckAsync("systemd-analyze security --no-pager slipway.service | tail -1"), StringComparison.Ordinal);

        await A_reboot_changes_nothing(vm, world);
        await A_stopped_kubelet_is_health_not_membership(vm, world);
        await An_API_server_that_is_down_is_health_not_membership(vm, world);
        await Drift_is_told_and_repaired_only_when_asked(vm, world);
    }

    private static async Task A_reboot_changes_nothing(Vm vm, World world)
    {
        var before = await vm.SnapshotAsync();
        world.Mirror?.ClearExchanges();
        await vm.RebootAsync(TimeSpan.FromMinutes(3));
        await vm.WaitForUnitAsync("slipway", TimeSpan.FromMinutes(2));
        await vm.AssertJoinedAsync(world);
        Assert.Equal(before, await vm.SnapshotAsync());
        Assert.Empty(world.Mirror?.Downloads ?? []);
        Assert.DoesNotContain("drift", await vm.JournalAsync("slipway"), StringComparison.Ordinal);
        var took = await vm.LastRunAsync();
        TestContext.Current.SendDiagnosticMessage($"a run with nothing to do, at boot: {took.TotalMilliseconds:0} ms");
    }

    private static async Task A_stopped_kubelet_is_health_not_membership(Vm vm, World world)
    {
        await vm.CheckAsync("systemctl stop kubelet");
        var run = await vm.RunAsync("slipway run");
        Assert.True(run.Exit == 0, run.Output);
        Assert.Contains("verify.kubelet-unhealthy", run.Output, StringComparison.Ordinal);
        await vm.CheckAsync("systemctl start kubelet");
        await vm.WaitForAsync("curl -fsS http://127.0.0.1:10248/healthz", TimeSpan.FromMinutes(1));
        await vm.AssertJoinedAsync(world);
    }

    private static async Task An_API_server_that_is_down_is_health_not_membership(Vm vm, World world)
    {
        if (world.ControlPlane is not { } cluster)
        {
            return;
        }
        await cluster.StopAsync();
        var run = await vm.RunAsync("slipway run");
        Assert.True(run.Exit == 0, run.Output);
        Assert.Contains("verify.node-unreadable", run.Output, StringComparison.Ordinal);
        await cluster.StartAsync();
        Assert.Equal(1, cluster.SigningRequestsOf("worker-1"));
    }

    private static async Task Drift_is_told_and_repaired_only_when_asked(Vm vm, World world)
    {
        await vm.CheckAsync("echo '# by hand' >> /etc/crictl.yaml");
        var status = await vm.RunAsync("slipway status");
        Assert.Equal(2, status.Exit);
        Assert.Contains("/etc/crictl.yaml", status.Output, StringComparison.Ordinal);
        Assert.Contains("drift", (await vm.RunAsync("slipway run")).Output, StringComparison.Ordinal);
        Assert.Contains("by hand", await vm.CheckAsync("cat /etc/crictl.yaml"), StringComparison.Ordinal);
        await vm.CheckAsync("slipway run --repair", TimeSpan.FromMinutes(3));
        Assert.DoesNotContain("by hand", await vm.CheckAsync("cat /etc/crictl.yaml"), StringComparison.Ordinal);
        await vm.CheckAsync("slipway status", TimeSpan.FromMinutes(1));
        await vm.AssertJoinedAsync(world);
    }
}
