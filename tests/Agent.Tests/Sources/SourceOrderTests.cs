using Slipway.Config;
using Slipway.Sources;

namespace Slipway.Tests.Sources;

/// <summary>Firmware names decide which sources are asked; what a platform cannot have is not asked there.</summary>
public sealed class SourceOrderTests
{
    private static readonly Slipway.Hosting.Facts Plain = Wanted.Facts;

    [Fact]
    public void Every_platform_is_asked_for_a_credential_and_the_kernel_line_first()
    {
        foreach (var facts in (Slipway.Hosting.Facts[])[Plain, Plain with { ProductName = "VMware7,1" }, Plain with { SystemVendor = "Amazon EC2" }, Plain with { SystemVendor = "QEMU" }])
        {
            Assert.Equal(["credential:slipway.config", "cmdline:"], Names(facts).Take(2));
        }
    }

    [Fact]
    public void VMware_is_asked_before_what_cloud_init_made_of_it()
    {
        var names = Names(Plain with { ProductName = "VMware20,1" });
        Assert.Equal("guestinfo:", names[2]);
        Assert.Contains("cloud-init:", names);
        Assert.DoesNotContain("imds:", names);
    }

    [Theory]
    [InlineData("Amazon EC2", "", "")]
    [InlineData("Xen", "ec2e1916-9099-7caf-fd21-012345abcdef", "EC2E1916-9099-7CAF-FD21-012345ABCDEF")]
    public void EC2_is_asked_over_its_link_where_cloud_init_has_nothing(string vendor, string uuid, string serial) =>
        Assert.Equal(["cloud-init:", "imds:"], Names(Plain with { SystemVendor = vendor, ProductUuid = uuid, ProductSerial = serial }).Skip(2));

    [Fact]
    public void An_UUID_that_begins_like_EC2_s_by_chance_is_not_EC2() =>
        Assert.DoesNotContain("imds:", Names(Plain with { ProductUuid = "ec2e1916-9099-7caf-fd21-012345abcdef", ProductSerial = "1234" }));

    [Theory]
    [InlineData("QEMU", "Standard PC (Q35 + ICH9, 2009)", false)]
    [InlineData("OpenStack Foundation", "OpenStack Nova", false)]
    [InlineData("Red Hat", "KVM", false)]
    [InlineData("ACME", "Cloud", true)]
    public void QEMU_is_known_under_its_many_names(string vendor, string product, bool device) => Assert.Equal(
        ["fwcfg:", "cloud-init:", "nocloud:", "configdrive:"],
        Names(Plain with { SystemVendor = vendor, ProductName = product, HasFirmwareConfig = device }).Skip(2));

    [Fact]
    public void An_unknown_machine_is_asked_for_what_costs_no_wait() => Assert.Equal(["cloud-init:", "nocloud:", "configdrive:"], Names(Plain).Skip(2));

    [Fact]
    public void The_settings_replace_it_all() =>
        Assert.Equal(["imds:", "nocloud:"], SourceOrder.Of(Plain with { SystemVendor = "QEMU" }, new Settings { Sources = ["imds:", "nocloud:"] }).Names);

    [Fact]
    public void Every_name_is_a_source() => Assert.All(
        [.. Names(Plain with { ProductName = "VMware7,1" }), .. Names(Plain with { SystemVendor = "Amazon EC2" }), .. Names(Plain with { SystemVendor = "QEMU" })],
        name => Assert.Equal(name, ConfigSource.Parse(name).Name));

    private static IReadOnlyList<string> Names(Slipway.Hosting.Facts facts) => SourceOrder.Of(facts, Settings.None).Names;
}
