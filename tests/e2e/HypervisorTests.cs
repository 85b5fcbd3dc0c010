using System.Text;

namespace Slipway.E2E;

/// <summary>A VMware guest reads its user data over vsock and says over it how far it is. The hypervisor is a stand-in inside the machine: context 1.</summary>
public sealed class HypervisorTests : IDisposable
{
    private const string Values = "/var/lib/vmx";
    private readonly DirectoryInfo scratch = Directory.CreateTempSubdirectory("slipway-ovf-");

    /// <inheritdoc/>
    public void Dispose() => scratch.Delete(recursive: true);

    [Fact]
    public async Task A_node_joins_with_what_the_hypervisor_says_and_the_hypervisor_hears_of_it()
    {
        await using var world = await World.StartAsync();
        var disc = Path.Join(scratch.FullName, "ovf.iso");
        await new DataDisk("OVF ENV", new Dictionary<string, string> { ["ovf-env.xml"] = OvfEnvironment(UserData.NodeConfig(world, "worker-ovf")) }).WriteAsync(disc);
        await using var vm = await Vm.CreateAsync(new VmOptions
        {
            Files = [.. Agent.Files, .. await HypervisorAsync(world)],
            Dmi = new Dictionary<string, string> { ["manufacturer"] = "VMware, Inc.", ["product"] = "VMware7,1" },
            QemuArguments =
            [
                "-drive", $"file={disc},if=none,id=ovf,format=raw,readonly=on,media=cdrom", "-device", "virtio-scsi-pci", "-device", "scsi-cd,drive=ovf",
            ],
        });
        await vm.StartAsync();
        await vm.WaitForShellAsync(TimeSpan.FromMinutes(5));
        await vm.WaitForUnitAsync("slipway", TimeSpan.FromMinutes(6));
        await vm.AssertJoinedAsync(world);
        Assert.Contains("configuration from guestinfo:", await vm.JournalAsync("slipway"), StringComparison.Ordinal);

        // One connection to read, one to redact, one to tell, each from a privileged port of its own; the stand-in refuses all others.
        var heard = (await vm.JournalAsync("vmx")).Split('\n');
        Assert.DoesNotContain(heard, line => line.StartsWith("complaint", StringComparison.Ordinal));
        var ports = heard.Where(line => line.StartsWith("connection from port ", StringComparison.Ordinal)).Select(line => int.Parse(line[21..], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.All(ports, port => Assert.InRange(port, 1, 1023));
        Assert.InRange(ports.Count, 1, 4);
        Assert.Equal(ports.Count, ports.Distinct().Count());

        Assert.Matches("^phase=Joined;code=;sha256=[0-9a-f]{64}$", await vm.CheckAsync($"cat {Values}/slipway.status"));
        Assert.Equal("---", await vm.CheckAsync($"cat {Values}/userdata"));
        await vm.AssertKeepsSecretAsync(world.Token, joined: true);

        var ovf = await vm.RunAsync("slipway config show --config-source ovf:");
        Assert.True(ovf.Exit == 0, ovf.Output);
        Assert.Contains("worker-ovf", ovf.Output, StringComparison.Ordinal);

        // Where nobody listens the kernel resets every connection, as a VMX does whose port is not free yet: a failure, never "no user data".
        await vm.CheckAsync("systemctl stop vmx");
        var nobody = await vm.RunAsync("slipway config check --config-source guestinfo:");
        Assert.True(nobody.Exit == 75, nobody.Output);
        Assert.Contains("guestinfo.unreachable", nobody.Output, StringComparison.Ordinal);
        Assert.Contains("reset 9 connections", nobody.Output, StringComparison.Ordinal);
    }

    /// <summary>The stand-in as a service that is there before the agent, with the node's user data.</summary>
    private static async Task<IReadOnlyList<GuestFile>> HypervisorAsync(World world) =>
    [
        new GuestFile.Copy("/usr/bin/slipway-standin", await StandInProgram.PublishAsync(), GuestFile.Program),
        new GuestFile.Text("/etc/slipway/slipway.yaml", "guestinfo: {contextId: 1}\n", GuestFile.PublicFile),
        new GuestFile.Text(UserData.LockPath, world.Lock, GuestFile.PublicFile),
        new GuestFile.Text($"{Values}/userdata", Convert.ToBase64String(Encoding.UTF8.GetBytes(UserData.NodeConfig(world, more: "  report: {redact: true}"))), GuestFile.PublicFile),
        new GuestFile.Text($"{Values}/userdata.encoding", "base64", GuestFile.PublicFile),
        new GuestFile.Text($"{Values}/metadata", "instance-id: vm-1\nlocal-hostname: worker-1\n", GuestFile.PublicFile),
        new GuestFile.Text("/etc/systemd/system/vmx.service", $"""
            [Unit]
            Before=slipway.service
            [Service]
            ExecStartPre=/usr/sbin/modprobe vsock_loopback
            ExecStart=/usr/bin/slipway-standin as vmx {Values} --authenticate
            ExecStartPost=/bin/sleep 1
            [Install]
            WantedBy=multi-user.target

            """, GuestFile.PublicFile),
        new GuestFile.Link("/etc/systemd/system/multi-user.target.wants/vmx.service", "/etc/systemd/system/vmx.service"),
    ];

    private static string OvfEnvironment(string userData) => $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:oe="http://schemas.dmtf.org/ovf/environment/1" oe:id="">
          <PropertySection>
            <Property oe:key="instance-id" oe:value="i-ovf"/>
            <Property oe:key="user-data" oe:value="{Convert.ToBase64String(Encoding.UTF8.GetBytes(userData))}"/>
          </PropertySection>
        </Environment>

        """;
}
