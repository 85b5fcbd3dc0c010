using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.Lab;

/// <summary>A certificate authority of the lab's own: P-256, made in memory, gone with the process.</summary>
public sealed class Authority : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Makes one.</summary>
    /// <param name="name">Its common name.</param>
    public Authority(string name)
    {
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        Certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddYears(10));
    }

    /// <summary>The CA certificate, with its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The CA certificate in PEM, with a newline at its end.</summary>
    public string Pem => Certificate.ExportCertificatePem() + "\n";

    /// <summary>The pin that <c>caCertHashes</c> takes: <c>sha256:HEX</c> over the public key's SPKI.</summary>
    public string Pin => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    /// <summary>A server certificate for host names and addresses.</summary>
    public X509Certificate2 IssueServer(IEnumerable<string> names)
    {
        using ECDsa own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=kube-apiserver", own, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder alternatives = new();
        foreach (string name in names)
        {
            if (IPAddress.TryParse(name, out IPAddress? address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }
        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using X509Certificate2 bare = Sign(request, TimeSpan.FromDays(365));
        return bare.CopyWithPrivateKey(own);
    }

    /// <summary>Signs a request as a client certificate.</summary>
    public X509Certificate2 IssueClient(CertificateRequest request, TimeSpan lifetime)
    {
        CertificateRequest own = new(request.SubjectName, request.PublicKey, HashAlgorithmName.SHA256);
        own.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        own.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        return Sign(own, lifetime);
    }

    /// <summary>Whether this authority signed a certificate that is valid now.</summary>
    public bool HasSigned(X509Certificate2 certificate)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(Certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Certificate.Dispose();
        key.Dispose();
    }

    private X509Certificate2 Sign(CertificateRequest request, TimeSpan lifetime)
    {
        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        return request.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(key), DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow + lifetime, serial);
    }
}
