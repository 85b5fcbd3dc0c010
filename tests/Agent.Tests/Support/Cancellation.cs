namespace Slipway.Tests.Support;

/// <summary>The running test's own token, short to write.</summary>
internal static class Cancellation
{
    public static CancellationToken Ct => TestContext.Current.CancellationToken;
}
