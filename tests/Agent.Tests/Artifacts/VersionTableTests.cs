using Slipway.Artifacts;

namespace Slipway.Tests.Artifacts;

/// <summary>The version matrix: each rule with what it lets through and what it stops.</summary>
public sealed class VersionTableTests
{
    [Theory]
    [InlineData("1.36.2", "1.5.18", "no CRI v1")]
    [InlineData("1.36.2", "1.6.39", "older than 1.7.24")]
    [InlineData("1.31.0", "1.7.23", "older than 1.7.24")]
    [InlineData("1.31.0", "1.7.24", null)]
    [InlineData("1.36.2", "1.7.34", null)]
    [InlineData("1.37.0", "1.7.34", null)]
    [InlineData("1.38.0", "1.7.34", "cgroup driver")]
    [InlineData("1.38.0", "2.0.0", null)]
    [InlineData("1.36.2", "2.3.0-rc.1", null)]
    [InlineData("1.36.2", "latest", "no version")]
    public void A_containerd_is_refused_only_where_it_cannot_work(string kubernetes, string containerd, string? why)
    {
        var said = VersionTable.WhyNot(containerd, kubernetes);
        Assert.Equal(why is null, said is null);
        Assert.Contains(why ?? "", said ?? "", StringComparison.Ordinal);
    }

    // containerd's RELEASES.md, "Kubernetes support".
    [Theory]
    [InlineData("1.31.0", "1.7.24", true)]
    [InlineData("1.32.0", "1.7.24", true)]
    [InlineData("1.32.0", "2.0.0", false)]
    [InlineData("1.32.0", "2.0.1", true)]
    [InlineData("1.33.0", "2.0.3", false)]
    [InlineData("1.33.0", "2.0.4", true)]
    [InlineData("1.33.0", "2.3.4", true)]
    [InlineData("1.34.0", "1.7.27", false)]
    [InlineData("1.34.0", "1.7.28", true)]
    [InlineData("1.34.0", "2.1.2", false)]
    [InlineData("1.34.0", "2.1.3", true)]
    [InlineData("1.35.0", "2.0.11", false)]
    [InlineData("1.35.0", "2.1.5", true)]
    [InlineData("1.35.0", "2.2.0", true)]
    [InlineData("1.36.0", "2.1.9", false)]
    [InlineData("1.36.0", "1.7.34", false)]
    [InlineData("1.36.0", "2.2.0", true)]
    [InlineData("1.36.0", "2.4.0", true)]
    [InlineData("1.37.0", "2.3.4", true)]
    public void What_containerd_recommends_for_a_Kubernetes_is_known(string kubernetes, string containerd, bool isRecommended) =>
        Assert.Equal(isRecommended, VersionTable.Doubt(containerd, kubernetes) is null);

    [Theory]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(34)]
    [InlineData(35)]
    [InlineData(36)]
    [InlineData(37)]
    public void What_the_table_itself_chooses_is_neither_refused_nor_doubted(int minor)
    {
        var release = VersionTable.For($"1.{minor}.0", "", "", _ => null);
        Assert.Null(VersionTable.WhyNot(release.Containerd, release.Kubernetes));
        Assert.Null(VersionTable.Doubt(release.Containerd, release.Kubernetes));
    }

    [Theory]
    [InlineData("2.28", "2.3.4", true)]
    [InlineData("2.33", "2.0.5", true)]
    [InlineData("2.34", "2.3.4", false)]
    [InlineData("2.28", "2.0.4", false)]
    [InlineData("2.28", "1.7.34", false)]
    [InlineData(null, "2.3.4", false)]
    public void The_static_build_goes_where_the_C_library_is_too_old_for_the_other(string? glibc, string containerd, bool isStatic)
    {
        var release = VersionTable.For("1.36.2", containerd, "", _ => null, glibc is null ? null : Version.Parse(glibc));
        Assert.Equal(isStatic, release.ContainerdStatic);
        var artifact = Catalog.All(release, "arm64")[0];
        Assert.Equal($"https://github.com/containerd/containerd/releases/download/v{containerd}/containerd{(isStatic ? "-static" : "")}-{containerd}-linux-arm64.tar.gz", artifact.Url.AbsoluteUri);
        Assert.Equal(artifact.Name, release.ContainerdArtifact);
        Assert.Equal(containerd, release.VersionOf(artifact.Name));
        Assert.NotNull(new Digests(null).Find(artifact));
    }

    [Fact]
    public void A_lock_with_nothing_but_the_static_build_chooses_it_everywhere()
    {
        Assert.True(VersionTable.For("1.36.2", "", "", name => name == "containerd-static" ? "2.2.7" : null, new Version(2, 41)) is { ContainerdStatic: true, Containerd: "2.2.7" });
        Assert.True(VersionTable.For("1.36.2", "", "", name => name.StartsWith("containerd", StringComparison.Ordinal) ? "2.2.7" : null, new Version(2, 41)) is { ContainerdStatic: false });
    }

    [Theory]
    [InlineData("1.7.34", 2)]
    [InlineData("2.0.0", 3)]
    [InlineData("2.2.7", 3)]
    [InlineData("2.3.0", 4)]
    [InlineData("2.4.1", 4)]
    public void A_containerd_reads_the_configurations_of_its_time_and_older(string containerd, int version) => Assert.Equal(version, VersionTable.NewestConfig(containerd));

    [Theory]
    [InlineData("eu-central-1", true, "amd64", "https://amazon-ssm-eu-central-1.s3.eu-central-1.amazonaws.com/latest/debian_amd64/ssm-setup-cli")]
    [InlineData("cn-north-1", false, "arm64", "https://amazon-ssm-cn-north-1.s3.cn-north-1.amazonaws.com.cn/latest/linux_arm64/ssm-setup-cli")]
    [InlineData("us-gov-west-1", false, "amd64", "https://amazon-ssm-us-gov-west-1.s3.us-gov-west-1.amazonaws.com/latest/linux_amd64/ssm-setup-cli")]
    [InlineData("us-iso-east-1", false, "amd64", "https://amazon-ssm-us-iso-east-1.s3.us-iso-east-1.c2s.ic.gov/latest/linux_amd64/ssm-setup-cli")]
    [InlineData("eusc-de-east-1", false, "amd64", "https://amazon-ssm-eusc-de-east-1.s3.eusc-de-east-1.amazonaws.eu/latest/linux_amd64/ssm-setup-cli")]
    public void The_SSM_agents_installer_has_an_address_by_region_and_partition(string region, bool isDebian, string architecture, string url)
    {
        var artifact = Catalog.SsmSetupCli(region, isDebian, architecture);
        Assert.Equal(url, artifact.Url.AbsoluteUri);
        Assert.Null(artifact.Checksums);
        Assert.Null(new Digests(null).Find(artifact));
    }

    [Fact]
    public void A_vendors_suffix_stays_in_the_address_and_nobody_upstream_vouches_for_it()
    {
        var artifact = Catalog.Kubernetes("kubelet", "1.34.1+vmware.1", "amd64");
        Assert.Equal("/release/v1.34.1+vmware.1/bin/linux/amd64/kubelet", artifact.Url.AbsolutePath);
        Assert.Null(new Digests(null).Find(artifact));
        Assert.Contains("vendor's mirror", Digests.Unknown(artifact).What, StringComparison.Ordinal);
        Assert.DoesNotContain("vendor's mirror", Digests.Unknown(Catalog.Kubernetes("kubelet", "1.34.99", "amd64")).What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4.18.0-553.el8_10.x86_64", "4.18.0")]
    [InlineData("5.15.0+", "5.15.0")]
    [InlineData("2.3.0-rc.1", "2.3.0")]
    [InlineData("6.12.41+deb13-amd64", "6.12.41")]
    [InlineData("1.2.3.4.5", "1.2.3")]
    [InlineData("2.36", "2.36")]
    [InlineData("6", null)]
    [InlineData("", null)]
    [InlineData("v1.2", null)]
    public void The_numbers_of_a_version_are_those_it_begins_with(string text, string? version) => Assert.Equal(version, VersionNumber.Of(text)?.ToString());
}
