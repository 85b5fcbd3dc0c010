using Slipway.Hosting;

namespace Slipway.Tests.Hosting;

/// <summary>Children inherit what they need and nothing secret.</summary>
[Collection(nameof(WholeProcess))]
public sealed class ChildEnvironmentTests
{
    [Fact]
    public async Task Children_never_see_guestinfo_or_credentials()
    {
        Environment.SetEnvironmentVariable("VMX_GUESTINFO", "1");
        Environment.SetEnvironmentVariable("VMX_GUESTINFO_USERDATA", "canary");
        Environment.SetEnvironmentVariable("https_proxy", "http://proxy.example:3128");
        try
        {
            var result = await new Processes(TimeProvider.System).RunAsync(new Command("env"), Ct);
            var names = Assert.IsType<CommandResult.Ended>(result).Output.Split('\n').Select(line => line.Split('=')[0]).ToList();
            Assert.DoesNotContain(names, name => name.StartsWith("VMX", StringComparison.Ordinal));
            Assert.Contains("https_proxy", names);
            Assert.Contains("PATH", names);
            Assert.Contains("HOME", names);
        }
        finally
        {
            Environment.SetEnvironmentVariable("VMX_GUESTINFO", null);
            Environment.SetEnvironmentVariable("VMX_GUESTINFO_USERDATA", null);
            Environment.SetEnvironmentVariable("https_proxy", null);
        }
    }
}
