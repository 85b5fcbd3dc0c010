namespace Slipway.Stubs.Common;

/// <summary>An API call did not succeed.</summary>
/// <param name="status">HTTP status; 0 when the server could not be reached.</param>
/// <param name="message">What client-go would say.</param>
internal sealed class ApiException(int status, string message) : Exception(message)
{
    /// <summary>HTTP status; 0 when the server could not be reached.</summary>
    public int Status { get; } = status;
}
