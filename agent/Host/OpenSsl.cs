using System.Runtime.InteropServices;
using Slipway.Reporting;

namespace Slipway.Hosting;

/// <summary>The OpenSSL that .NET loads when it first hashes or speaks TLS. Without one the process would end with a bare line.</summary>
internal static class OpenSsl
{
    // The versions that .NET's shim looks for, newest first.
    private static readonly string[] Names = ["libssl.so.3", "libssl.so.1.1"];

    /// <summary>Makes sure that it is there.</summary>
    /// <exception cref="FailureException"><c>host.openssl-missing</c>.</exception>
    public static void Require()
    {
        if (!Names.Any(name => NativeLibrary.TryLoad(name, out _)))
        {
            throw new FailureException(new Failure("host.openssl-missing", $"none of {string.Join(", ", Names)} can be loaded"));
        }
    }
}
