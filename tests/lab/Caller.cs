using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;

namespace Slipway.Lab;

/// <summary>Who a request comes from, as the API server's authenticators find it.</summary>
internal abstract record Caller(string User)
{
    /// <summary>No credentials at all.</summary>
    public sealed record Anonymous() : Caller("system:anonymous");

    /// <summary>A valid bootstrap token.</summary>
    public sealed record Bootstrapper(string Id) : Caller("system:bootstrap:" + Id);

    /// <summary>A kubelet's client certificate.</summary>
    public sealed record Kubelet(string Node) : Caller("system:node:" + Node);

    /// <summary>Reads the credentials; null is 401: something was shown, and it is not valid.</summary>
    public static Caller? Of(HttpContext context, BootstrapToken token)
    {
        if (context.Connection.ClientCertificate is X509Certificate2 certificate)
        {
            string name = certificate.GetNameInfo(X509NameType.SimpleName, false);
            return name.StartsWith("system:node:", StringComparison.Ordinal) && certificate.Subject.Contains("O=system:nodes", StringComparison.Ordinal) ? new Kubelet(name["system:node:".Length..]) : null;
        }
        return context.Request.Headers.Authorization.ToString() switch
        {
            "" => new Anonymous(),
            var header when header == $"Bearer {token}" && !token.Expired => new Bootstrapper(token.Id),
            _ => null,
        };
    }
}
