using Slipway.Reporting;

namespace Slipway.Tests;

public sealed class FailureTests
{
    [Fact]
    public void A_failure_takes_its_fix_and_its_exit_from_its_code()
    {
        var failure = new Failure("config.absent", "nothing found");
        Assert.Equal(ExitCode.BadConfiguration, failure.ExitCode);
        Assert.Contains("node.d", failure.Remedy, StringComparison.Ordinal);
    }
}
