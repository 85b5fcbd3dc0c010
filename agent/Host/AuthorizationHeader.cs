using System.Text;

namespace Slipway.Hosting;

/// <summary>The <c>Authorization</c> header that shows credentials, the same for every server that is asked, by us or by containerd.</summary>
/// <remarks>https://www.rfc-editor.org/rfc/rfc7617 (Basic), https://www.rfc-editor.org/rfc/rfc6750 (Bearer)</remarks>
internal static class AuthorizationHeader
{
    /// <summary>The header: <c>user:password</c> as Basic, anything else as a bearer token.</summary>
    public static string Of(string secret) => IsPassword(secret) ? "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)) : "Bearer " + secret;

    /// <summary>Whether credentials are a user with a password, and no token.</summary>
    public static bool IsPassword(string secret) => secret.Contains(':', StringComparison.Ordinal);

    /// <summary>The credentials in an address: always a user with a password, which may be empty; null where there are none.</summary>
    public static string? In(Uri address) => address.UserInfo is { Length: > 0 } user ? Uri.UnescapeDataString(IsPassword(user) ? user : user + ":") : null;
}
