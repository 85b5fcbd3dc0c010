using Slipway.Reporting;
using Slipway.Sources;

namespace Slipway.Tests.Sources;

/// <summary>Whoever names a source wrongly is told what is wrong with that name.</summary>
public sealed class SourceNameTests
{
    [Theory]
    [InlineData("nocloud", "did you mean \"nocloud:\"?")]
    [InlineData("cloudinit:", "did you mean \"cloud-init:\"?")]
    [InlineData("/etc/node.yaml", "Use file:///etc/node.yaml")]
    [InlineData("file:/etc/node.yaml", "Use file:///etc/node.yaml")]
    [InlineData("file:", "the path is missing")]
    [InlineData("https://host/node.yaml", "sha256sum FILE prints HEX")]
    [InlineData("https://host/node.yaml#sha256=12ab", "64")]
    [InlineData("http://host/node.yaml", "http is not read")]
    [InlineData("credential:", "Use credential:NAME")]
    [InlineData("credential:a/b", "without a slash")]
    [InlineData("fwcfg:x", "Use fwcfg:opt/NAME")]
    [InlineData("ssm-parameter:", "Use ssm-parameter:NAME")]
    [InlineData("ftp://host/x.yaml", "Use one of: guestinfo:, ovf:")]
    public void A_wrong_name_is_told_with_the_right_one(string name, string told)
    {
        var failure = Assert.Throws<FailureException>(() => ConfigSource.Parse(name)).Failure;
        Assert.Equal("usage.unknown-source", failure.Code);
        Assert.Contains(told, $"{failure.What} {failure.Remedy}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("node.yaml")]
    [InlineData("file:node.yaml")]
    [InlineData("file://node.yaml")]
    public void A_relative_path_is_told_with_the_absolute_one(string name) => Assert.Equal($"Use file://{Path.GetFullPath("node.yaml")}",
        Assert.Throws<FailureException>(() => ConfigSource.Parse(name)).Failure.Remedy);
}
