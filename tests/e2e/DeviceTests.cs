using System.Text.RegularExpressions;

namespace Slipway.E2E;

/// <summary>Everything by which QEMU can hand a machine its configuration, all at once, each with another node name; under the systemd and cloud-init of two Debian releases.</summary>
public sealed class DeviceTests
{
    /// <summary>As Cluster API's providers write it: a template that is filled in with the instance's metadata.</summary>
    private static readonly string CloudConfig = $"""
        ## template: jinja
        #cloud-config
        write_files:
        - path: /etc/written-by-cloud-init.yaml
          permissions: "0600"
          content: |
        {Documents.Indented(Documents.NodeConfig("{{ ds.meta_data.local_hostname }}-{{ v1.instance_id }}"), 4)}
        """;

    [Theory]
    [InlineData(Tree.Trixie)]
    [InlineData(Tree.Bookworm)]
    public async Task Each_device_is_read_and_the_choice_among_them_goes_by_rank(string suite)
    {
        await using var vm = await Vm.CreateAsync(new VmOptions
        {
            Suite = suite,
            Files =
            [
                .. Agent.Files,
                new GuestFile.Text("/etc/cloud/cloud.cfg.d/95-device.cfg", "datasource_list: [NoCloud]\n", GuestFile.PublicFile),
                // The unit as it is, with its place in the boot and its confinement, looks around instead of joining.
                new GuestFile.Text("/etc/systemd/system/slipway.service.d/look.conf", "[Service]\nType=exec\nExecStart=\nExecStart=/usr/bin/slipway config sources\n", GuestFile.PublicFile),
            ],
            UserData = CloudConfig,
            MetaData = "instance-id: i-1\nlocal-hostname: disk\n",
            // Overrides the disk's metadata, for cloud-init as for the agent.
            Dmi = new Dictionary<string, string> { ["serial"] = "ds=nocloud;h=serial" },
            FirmwareConfig = new Dictionary<string, string> { ["opt/slipway/config"] = Documents.NodeConfig("fwcfg") },
            OemStrings = [VmOptions.Credential("slipway.config", Documents.NodeConfig("credential"), binary: suite == Tree.Bookworm)],
            Disks =
            [
                new DataDisk("config-2", new Dictionary<string, string>
                {
                    ["openstack/latest/meta_data.json"] = """{"uuid": "c-1", "hostname": "configdrive"}""",
                    ["openstack/latest/user_data"] = Documents.NodeConfig("configdrive"),
                }, IsFat: suite == Tree.Bookworm),
                new DataDisk("operator", new Dictionary<string, string> { ["nodes/a.yaml"] = Documents.NodeConfig("cmdline") }, IsFat: true),
            ],
            KernelArguments = "slipway.config.device=/dev/disk/by-label/operator slipway.config.path=/nodes/a.yaml",
        });
        await vm.StartAsync();
        await vm.WaitForShellAsync(TimeSpan.FromMinutes(3));
        await vm.WaitForUnitAsync("slipway", TimeSpan.FromMinutes(3));
        var wrong = new List<string>();
        var looked = await vm.JournalAsync("slipway");
        foreach (var (source, _, name) in Ranked)
        {
            Expect(Regex.IsMatch(looked, $@"(?m)^{(source == Ranked[0].Source ? @"\*" : " ")} {Regex.Escape(source)} +found"), $"{source} in {looked}");
            await ExpectFoundAsync(name, source, source);
        }
        foreach (var source in (string[])["guestinfo:", "imds:"])
        {
            Expect(Regex.IsMatch(looked, $"(?m)^  {source} +not-for-this-platform"), $"{source} in {looked}");
        }

        // What cloud-init made of the disk is what the agent makes of it, by either way.
        await vm.CheckAsync("cloud-init status --wait", TimeSpan.FromMinutes(2));
        await ExpectFoundAsync("serial-i-1", "file:///etc/written-by-cloud-init.yaml", "file:///etc/written-by-cloud-init.yaml");

        // The unit fits between those of this cloud-init, and this systemd knows all that it says.
        var verified = await vm.RunAsync("systemd-analyze verify --man=no slipway.service; journalctl -b --no-pager | grep -i 'ordering cycle'");
        Expect(verified.Output.Length == 0, verified.Output);

        // One after the other is taken away, and the next in rank is the choice.
        foreach (var (source, remove, name) in Ranked)
        {
            await ExpectFoundAsync(name, source);
            var removed = await vm.RunAsync(remove);
            Expect(removed.Exit == 0, $"{remove}: {removed.Output}");
        }
        var none = await vm.RunAsync("slipway config check");
        Expect(none.Exit == 78 && none.Output.Contains("config.absent", StringComparison.Ordinal), none.Output);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));

        void Expect(bool holds, string what)
        {
            if (!holds)
            {
                wrong.Add(what);
            }
        }

        async Task ExpectFoundAsync(string name, string from, params string[] sources)
        {
            try
            {
                var found = await vm.FindAsync(sources);
                Expect(found.Name == name && found.Source == from, $"{found.Name} from {found.Source} instead of {name} from {from}");
            }
            catch (Xunit.Sdk.XunitException e)
            {
                wrong.Add($"{from}: {e.Message}");
            }
        }
    }

    /// <summary>The sources, first first; how each is taken from a running machine; the name of the node in it.</summary>
    private static readonly (string Source, string Remove, string Name)[] Ranked =
    [
        ("credential:slipway.config", "umount /run/credentials/@system", "credential"),
        ("cmdline:", "sed 's/slipway[^ ]*//g' /proc/cmdline >/run/cmdline && mount --bind /run/cmdline /proc/cmdline", "cmdline"),
        ("fwcfg:", "mount -t tmpfs tmpfs /sys/firmware/qemu_fw_cfg", "fwcfg"),
        ("cloud-init:", "rm -r /var/lib/cloud/instance /var/lib/cloud/instances", "serial-i-1"),
        ("nocloud:", Unplug("cidata"), "serial-i-1"),
        ("configdrive:", Unplug("config-2"), "configdrive"),
    ];

    private static string Unplug(string label) =>
        $"disk=$(basename $(readlink -f /dev/disk/by-label/{label})) && basename $(readlink -f /sys/block/$disk/device) >/sys/bus/virtio/drivers/virtio_blk/unbind && udevadm settle";
}
