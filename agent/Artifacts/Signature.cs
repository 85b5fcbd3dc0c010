using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>
/// A signature as Kubernetes' release process makes it: cosign, keyless. The key lives for minutes; a certificate of Fulcio's says whose it
/// was (https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md).
/// </summary>
/// <remarks>
/// The certificate is judged at the moment it was issued. That the signature was made then, and not later by somebody who kept the key,
/// only the transparency log could show, and it is not asked.
/// </remarks>
internal static class Signature
{
    /// <summary>Who signs Kubernetes' binaries (https://kubernetes.io/docs/tasks/administer-cluster/verify-signed-artifacts/).</summary>
    public const string Identity = "krel-staging@k8s-releng-prod.iam.gserviceaccount.com";

    /// <summary>Who vouched for that identity.</summary>
    public const string Issuer = "https://accounts.google.com";

    private const string CodeSigning = "1.3.6.1.5.5.7.3.3";
    private const string AlternativeName = "2.5.29.17";
    private const string RawIssuer = "1.3.6.1.4.1.57264.1.1";
    private const string DerIssuer = "1.3.6.1.4.1.57264.1.8";
    private const X509ChainStatusFlags Time = X509ChainStatusFlags.NotTimeValid;
    private const X509ChainStatusFlags Use = X509ChainStatusFlags.NotValidForUsage;

    /// <summary>Reads the certificates that signers are traced back to.</summary>
    /// <param name="pem">Root and intermediate certificates, PEM.</param>
    /// <param name="file">Where they were read, for messages.</param>
    /// <exception cref="FailureException"><c>signature.roots-invalid</c>.</exception>
    public static X509Certificate2Collection ReadRoots(byte[]? pem, string file)
    {
        var roots = new X509Certificate2Collection();
        try
        {
            roots.ImportFromPem(Encoding.UTF8.GetString(pem ?? throw Invalid("there is no such file")));
        }
        catch (CryptographicException e)
        {
            throw Invalid(e.Message);
        }
        return roots.Any(IsRoot) ? roots : throw Invalid(roots.Count == 0 ? "it holds no certificate (PEM)" : "it holds intermediate certificates alone, and no root");

        FailureException Invalid(string why) => new(new Failure("signature.roots-invalid", $"--signature-roots {file}: {why}"));
    }

    /// <summary>Checks a signature over a file.</summary>
    /// <param name="file">What is signed, for messages.</param>
    /// <param name="sha256">The file's SHA-256.</param>
    /// <param name="signature">The <c>.sig</c>: base64 of a signature by ECDSA or RSA (PKCS #1) over that digest.</param>
    /// <param name="certificate">The <c>.cert</c>: PEM, or base64 of PEM.</param>
    /// <param name="roots">What the certificate must be traced back to.</param>
    /// <exception cref="FailureException"><c>signature.*</c>.</exception>
    public static void Verify(string file, byte[] sha256, string signature, string certificate, X509Certificate2Collection roots)
    {
        var given = new X509Certificate2Collection();
        byte[] bytes;
        try
        {
            var text = certificate.Trim();
            given.ImportFromPem(text.StartsWith('-') ? text : Encoding.UTF8.GetString(Convert.FromBase64String(text)));
            bytes = Convert.FromBase64String(signature.Trim());
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            throw Refuse("signature.unreadable", $"its .sig or .cert is not what it should be: {e.Message}");
        }
        if (given.Count == 0)
        {
            throw Refuse("signature.unreadable", "its .cert holds no certificate");
        }
        var leaf = given[0];
        if (!leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Any(use => use.EnhancedKeyUsages[CodeSigning] is not null))
        {
            throw Refuse("signature.wrong-use", "the signer's certificate is not for signing code");
        }
        Trace(leaf, given, roots);
        try
        {
            if (Name(leaf) is var name && name != Identity)
            {
                throw Refuse("signature.wrong-identity", $"it is signed by {name}, not by {Identity}");
            }
            if (IssuerOf(leaf) is var issuer && issuer != Issuer)
            {
                throw Refuse("signature.wrong-issuer", $"the signer was vouched for by {issuer}, not by {Issuer}");
            }
            if (!IsMadeBy(leaf, sha256, bytes))
            {
                throw Refuse("signature.mismatch", "the signature is not one over these bytes by the key of its certificate");
            }
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            throw Refuse("signature.unreadable", $"the signer's certificate is damaged: {e.Message}");
        }

        void Trace(X509Certificate2 signer, X509Certificate2Collection others, X509Certificate2Collection trusted)
        {
            using var chain = new X509Chain();
            var policy = chain.ChainPolicy;
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.RevocationMode = X509RevocationMode.NoCheck;
            policy.DisableCertificateDownloads = true;
            policy.VerificationTime = signer.NotBefore;
            policy.ApplicationPolicy.Add(new Oid(CodeSigning));
            policy.ExtraStore.AddRange(others);
            foreach (var one in trusted)
            {
                (IsRoot(one) ? policy.CustomTrustStore : policy.ExtraStore).Add(one);
            }
            if (chain.Build(signer))
            {
                return;
            }
            var seen = X509ChainStatusFlags.NoError;
            foreach (var status in chain.ChainStatus)
            {
                seen |= status.Status;
            }
            throw (seen & ~(Time | Use)) != 0 ? Refuse("signature.untrusted", $"the signer's certificate, of {signer.Issuer}, is not traced back to a root of --signature-roots ({seen})")
                : (seen & Time) != 0 ? Refuse("signature.expired", $"a certificate above the signer's was not valid when that was issued, {signer.NotBefore.ToUniversalTime():u}")
                : Refuse("signature.wrong-use", $"a certificate above the signer's is not for signing code ({seen})");
        }

        FailureException Refuse(string code, string why) => new(new Failure(code, $"{file}: {why}"));
    }

    private static bool IsRoot(X509Certificate2 certificate) => certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    private static bool IsMadeBy(X509Certificate2 leaf, byte[] sha256, byte[] signature)
    {
        if (leaf.GetECDsaPublicKey() is { } curve)
        {
            using (curve)
            {
                return curve.VerifyHash(sha256, signature, DSASignatureFormat.Rfc3279DerSequence);
            }
        }
        using var rsa = leaf.GetRSAPublicKey();
        return rsa?.VerifyHash(sha256, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) == true;
    }

    // The subject is empty: who it is stands in the alternative name, as an e-mail address. More than one would be somebody else's too.
    private static string Name(X509Certificate2 leaf)
    {
        if (leaf.Extensions[AlternativeName] is not { } extension)
        {
            return "nobody";
        }
        var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
        var email = new Asn1Tag(TagClass.ContextSpecific, 1);
        var name = names.HasData && names.PeekTag() == email ? names.ReadCharacterString(UniversalTagNumber.IA5String, email) : "something without an e-mail address";
        return names.HasData ? $"{name} and others" : name;
    }

    private static string IssuerOf(X509Certificate2 leaf)
    {
        var raw = leaf.Extensions[RawIssuer] is { } old ? Encoding.UTF8.GetString(old.RawData) : null;
        var text = leaf.Extensions[DerIssuer] is { } extension
            ? new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadCharacterString(UniversalTagNumber.UTF8String) : null;
        return raw is not null && text is not null && raw != text ? $"{raw} or {text}" : text ?? raw ?? "nobody";
    }
}
