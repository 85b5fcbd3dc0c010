using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Slipway.Tests.Support;

/// <summary>A certificate authority as Fulcio is one (root, intermediate, certificates for ten minutes), and what it lets somebody sign.</summary>
internal sealed record Signer : IDisposable
{
    private static readonly DateTimeOffset Issued = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly X509Certificate2 root;
    private readonly X509Certificate2 intermediate;

    /// <param name="intermediateFrom">When the intermediate certificate begins to be valid.</param>
    /// <param name="intermediateUse">What it is for.</param>
    public Signer(DateTimeOffset? intermediateFrom = null, string intermediateUse = "1.3.6.1.5.5.7.3.3")
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        root = Authority("CN=sigstore, O=test", rootKey).CreateSelfSigned(Issued.AddYears(-5), Issued.AddYears(5));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var request = Authority("CN=sigstore-intermediate, O=test", key);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(intermediateUse)], critical: false));
        using var issued = request.Create(root, intermediateFrom ?? Issued.AddYears(-4), Issued.AddYears(4), [7]);
        intermediate = issued.CopyWithPrivateKey(key);
    }

    /// <summary>Who the signer is said to be.</summary>
    public string Identity { get; init; } = "krel-staging@k8s-releng-prod.iam.gserviceaccount.com";

    /// <summary>A second name beside it.</summary>
    public string? Also { get; init; }

    /// <summary>Who is said to vouch for that, in the raw extension; null for none.</summary>
    public string? RawIssuer { get; init; } = "https://accounts.google.com";

    /// <summary>The same in the newer extension.</summary>
    public string? DerIssuer { get; init; } = "https://accounts.google.com";

    /// <summary>What the signer's certificate is for; empty for anything.</summary>
    public string Use { get; init; } = "1.3.6.1.5.5.7.3.3";

    /// <summary>Whether the signer's key is RSA rather than P-256.</summary>
    public bool Rsa { get; init; }

    /// <summary>Whether the certificate is plain PEM rather than base64 of it.</summary>
    public bool PlainPem { get; init; }

    /// <summary>The file for <c>--signature-roots</c>.</summary>
    public string Roots => intermediate.ExportCertificatePem() + "\n" + root.ExportCertificatePem() + "\n";

    public string RootAlone => root.ExportCertificatePem();

    public string IntermediateAlone => intermediate.ExportCertificatePem();

    /// <summary>The <c>.sig</c> and the <c>.cert</c> of a file.</summary>
    public (string Signature, string Certificate) Sign(byte[] file)
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        var request = Rsa ? new CertificateRequest("", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) : new CertificateRequest("", curve, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddEmailAddress(Identity);
        if (Also is not null)
        {
            names.AddEmailAddress(Also);
        }
        request.CertificateExtensions.Add(names.Build(critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        if (Use.Length > 0)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(Use)], critical: false));
        }
        if (RawIssuer is not null)
        {
            request.CertificateExtensions.Add(new X509Extension("1.3.6.1.4.1.57264.1.1", Encoding.UTF8.GetBytes(RawIssuer), critical: false));
        }
        if (DerIssuer is not null)
        {
            var der = new AsnWriter(AsnEncodingRules.DER);
            der.WriteCharacterString(UniversalTagNumber.UTF8String, DerIssuer);
            request.CertificateExtensions.Add(new X509Extension("1.3.6.1.4.1.57264.1.8", der.Encode(), critical: false));
        }
        using var certificate = request.Create(intermediate.SubjectName, X509SignatureGenerator.CreateForECDsa(intermediate.GetECDsaPrivateKey()!), Issued, Issued.AddMinutes(10), [9]);
        var signature = Rsa ? rsa.SignData(file, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) : curve.SignData(file, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        var pem = certificate.ExportCertificatePem() + "\n";
        return (Convert.ToBase64String(signature), PlainPem ? pem : Convert.ToBase64String(Encoding.ASCII.GetBytes(pem)));
    }

    public void Dispose()
    {
        root.Dispose();
        intermediate.Dispose();
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        return request;
    }
}
