using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.Clusters;

/// <summary>What identifies a cluster: pins of its CA's public key, the CA itself, or nothing where verification was given up.</summary>
internal abstract record ClusterTrust
{
    private ClusterTrust()
    {
    }

    /// <summary>Whether a bundle of CA certificates (PEM) is this cluster's.</summary>
    public abstract bool Includes(string authority);

    /// <summary>Any of several pins, as <c>kubeadm token create --print-join-command</c> prints them.</summary>
    /// <param name="Hashes"><c>sha256:</c> and 64 hex digits of the SubjectPublicKeyInfo; case does not matter.</param>
    public sealed record Pins(IReadOnlyList<string> Hashes) : ClusterTrust
    {
        /// <inheritdoc/>
        public override bool Includes(string authority) => Certificates(authority).Any(certificate =>
            Hashes.Contains("sha256:" + Pin(certificate), StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>The CA certificate itself.</summary>
    /// <param name="Pem">One or more certificates.</param>
    public sealed record Authority(string Pem) : ClusterTrust
    {
        /// <summary>The certificates' pins, as kubeadm takes them.</summary>
        public IReadOnlyList<string> Hashes() => [.. Certificates(Pem).Select(certificate => "sha256:" + Pin(certificate))];

        /// <inheritdoc/>
        public override bool Includes(string authority) => new Pins(Hashes()).Includes(authority);
    }

    /// <summary>Any cluster: <c>unsafeSkipCAVerification</c>, or a discovery file whose CA is read at the join.</summary>
    public sealed record Anything : ClusterTrust
    {
        /// <inheritdoc/>
        public override bool Includes(string authority) => true;
    }

    private static string Pin(X509Certificate2 certificate) =>
        Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    private static X509Certificate2Collection Certificates(string pem)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(pem);
        return certificates;
    }
}
