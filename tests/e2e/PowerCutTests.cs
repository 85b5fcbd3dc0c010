namespace Slipway.E2E;

/// <summary>The power goes: during the download, and again during the join. The next boot finishes the job.</summary>
public sealed class PowerCutTests
{
    [Fact]
    public async Task A_power_cut_during_the_download_and_one_during_the_join_leave_a_machine_that_joins_at_the_next_boot()
    {
        await using var world = await World.StartAsync();
        Assert.SkipWhen(world.Mirror is null, "a real mirror cannot be slowed down");
        await using var vm = await Vm.CreateAsync(new VmOptions
        {
            Files = Agent.Files,
            UserData = UserData.CloudConfig(UserData.NodeConfig(world), world.Lock),
        });

        // Slow enough that the cut falls into it, whatever this machine does beside.
        world.Mirror.Break("", new Fault.Throttled(1 << 20));
        await vm.StartAsync();
        await vm.WaitForShellAsync(TimeSpan.FromMinutes(3));
        await vm.WaitForAgentAsync("find /var/lib/slipway/cache -name '*.part' -size +256k | grep -q .");
        await vm.PowerCutAsync();
        Assert.Equal(0, world.ControlPlane!.SigningRequestsOf("worker-1"));

        world.Mirror.Heal();
        await vm.StartAsync();
        await vm.WaitForShellAsync(TimeSpan.FromMinutes(3));
        await AssertNoHalfProgramAsync(vm);
        await vm.WriteAsync("/run/slipway-standin/pause-before-kubelet-start", "600\n");
        await vm.WaitForAgentAsync("pgrep -x kubeadm && test -e /var/lib/kubelet/kubeadm-flags.env");
        await vm.PowerCutAsync();

        await vm.StartAsync();
        await vm.WaitForShellAsync(TimeSpan.FromMinutes(3));
        await vm.WaitForUnitAsync("slipway", Node.JoinTime);
        await vm.AssertJoinedAsync(world);

        // And a third, the moment it is done: what made it a member is on the disk.
        await vm.PowerCutAsync();
        await vm.StartAsync();
        await vm.WaitForShellAsync(TimeSpan.FromMinutes(3));
        await vm.WaitForUnitAsync("slipway", Node.JoinTime);
        await vm.WaitForAsync("curl -fsS http://127.0.0.1:10248/healthz", TimeSpan.FromMinutes(1));
        await vm.AssertJoinedAsync(world);
        await vm.AssertNothingHalfInstalledAsync();
        await vm.AssertKeepsSecretAsync(world.Token, joined: true);
    }

    /// <summary>What stands at a final path is whole: its record lists it with the digest that it has.</summary>
    private static async Task AssertNoHalfProgramAsync(Vm vm)
    {
        var programs = await vm.CheckAsync("find /opt/slipway /opt/cni -type f -perm -u=x -not -path '*/.slipway-*' 2>/dev/null || true");
        foreach (var program in programs.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var digest = (await vm.CheckAsync($"sha256sum {program}")).Split(' ')[0];
            Assert.Contains(digest, await vm.CheckAsync("cat /opt/slipway/installed/* /opt/*/*/bin/.slipway-*/.record.json /opt/slipway/*/*/bin/.slipway-*/.record.json 2>/dev/null || true"), StringComparison.Ordinal);
        }
    }
}
