using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Slipway.Tests.Support;

/// <summary>A cluster's CA, and the credentials that it gives to nodes.</summary>
internal sealed class Cluster : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 certificate;

    public Cluster()
    {
        var request = new CertificateRequest("CN=kubernetes", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddYears(-5), DateTimeOffset.UtcNow.AddYears(5));
    }

    /// <summary>The CA certificate.</summary>
    public string Pem => certificate.ExportCertificatePem();

    /// <summary>The pin as kubeadm writes it.</summary>
    public string Pin => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    /// <summary>A client certificate with its key, as the kubelet keeps them.</summary>
    public string Client(string node, DateTimeOffset? until = null)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"O=system:nodes, CN=system:node:{node}", own, HashAlgorithmName.SHA256);
        var end = until ?? DateTimeOffset.UtcNow.AddDays(365);
        using var issued = request.Create(certificate, end.AddDays(-300), end, [1, 2, 3]);
        return issued.ExportCertificatePem() + "\n" + own.ExportPkcs8PrivateKeyPem();
    }

    /// <summary>A kubelet.conf as kubeadm writes it: the CA inline, the client certificate as a file.</summary>
    public string Kubeconfig(string clientFile = "/var/lib/kubelet/pki/kubelet-client-current.pem") => $"""
        apiVersion: v1
        kind: Config
        clusters:
        - name: default-cluster
          cluster:
            certificate-authority-data: {Convert.ToBase64String(Encoding.UTF8.GetBytes(Pem))}
            server: https://10.0.0.10:6443
        contexts:
        - name: default-context
          context: {"{cluster: default-cluster, user: default-auth}"}
        current-context: default-context
        users:
        - name: default-auth
          user:
            client-certificate: {clientFile}
            client-key: {clientFile}
        """;

    public void Dispose()
    {
        certificate.Dispose();
        key.Dispose();
    }
}
