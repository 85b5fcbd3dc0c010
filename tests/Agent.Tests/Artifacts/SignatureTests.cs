using System.Security.Cryptography;
using System.Text;
using Slipway.Artifacts;
using Slipway.Reporting;

namespace Slipway.Tests.Artifacts;

/// <summary>Only Kubernetes' own release process passes, each forgery is refused for what it is.</summary>
public sealed class SignatureTests
{
    private static readonly byte[] File = Archives.Noise(10_000, 1);

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_signature_as_upstream_makes_it_passes(bool rsa, bool plainPem)
    {
        using var signer = new Signer { Rsa = rsa, PlainPem = plainPem };
        Verify(signer, signer.Roots, File);
    }

    [Fact]
    public void Either_of_the_issuers_extensions_will_do()
    {
        using var one = new Signer { RawIssuer = null };
        Verify(one, one.Roots, File);
        using var other = new Signer { DerIssuer = null };
        Verify(other, other.Roots, File);
    }

    [Fact]
    public void Somebody_else_is_refused_by_name()
    {
        using var signer = new Signer { Identity = "mallory@example.com" };
        Refused("signature.wrong-identity", signer, "mallory@example.com");
    }

    [Theory]
    [InlineData("krel-staging@k8s-releng-prod.iam.gserviceaccount.com.example.com")]
    [InlineData("KREL-staging@k8s-releng-prod.iam.gserviceaccount.com")]
    [InlineData("krel-trust@k8s-releng-prod.iam.gserviceaccount.com")]
    public void A_name_that_is_nearly_the_same_is_another(string name)
    {
        using var signer = new Signer { Identity = name };
        Refused("signature.wrong-identity", signer);
    }

    [Fact]
    public void A_certificate_for_two_is_refused()
    {
        using var signer = new Signer { Also = "mallory@example.com" };
        Refused("signature.wrong-identity", signer, "and others");
    }

    [Theory]
    [InlineData("https://mallory.example", "https://mallory.example")]
    [InlineData("https://accounts.google.com", "https://mallory.example")]
    [InlineData("https://mallory.example", "https://accounts.google.com")]
    [InlineData("https://mallory.example", null)]
    [InlineData(null, null)]
    public void Another_issuer_is_refused(string? raw, string? der)
    {
        using var signer = new Signer { RawIssuer = raw, DerIssuer = der };
        Refused("signature.wrong-issuer", signer, raw is null ? "nobody" : "mallory.example");
    }

    [Fact]
    public void Another_authority_with_the_same_names_is_refused()
    {
        using var forger = new Signer();
        using var real = new Signer();
        Assert.Equal("signature.untrusted", Thrown(() => Verify(forger, real.Roots, File)).Code);
        // Also when the forger brings the whole chain along.
        var (signature, _) = forger.Sign(File);
        var (_, certificate) = (forger with { PlainPem = true }).Sign(File);
        Assert.Equal("signature.untrusted", Thrown(() => Signature.Verify("kubelet", SHA256.HashData(File), signature,
            certificate + forger.Roots, Read(real.Roots))).Code);
    }

    [Fact]
    public void Without_the_intermediate_certificate_it_is_refused_and_the_fix_says_so()
    {
        using var signer = new Signer();
        var failure = Thrown(() => Verify(signer, signer.RootAlone, File));
        Assert.Equal("signature.untrusted", failure.Code);
        Assert.Contains("intermediate", failure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_that_was_not_valid_at_that_time_is_refused()
    {
        using var signer = new Signer(intermediateFrom: new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero));
        Refused("signature.expired", signer, "2026-03-01 12:00:00Z");
    }

    [Theory]
    [InlineData("1.3.6.1.5.5.7.3.1")]
    [InlineData("")]
    public void A_certificate_that_is_not_for_signing_code_is_refused(string use)
    {
        using var signer = new Signer { Use = use };
        Refused("signature.wrong-use", signer);
    }

    [Fact]
    public void An_authority_that_is_not_for_signing_code_is_refused()
    {
        using var signer = new Signer(intermediateUse: "1.3.6.1.5.5.7.3.1");
        Refused("signature.wrong-use", signer);
    }

    [Fact]
    public void Other_bytes_than_were_signed_are_refused()
    {
        using var signer = new Signer();
        Assert.Equal("signature.mismatch", Thrown(() => Verify(signer, signer.Roots, Archives.Noise(10_000, 2))).Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_signature_by_another_key_is_refused(bool rsa)
    {
        using var signer = new Signer { Rsa = rsa };
        var (signature, _) = signer.Sign(File);
        var (_, certificate) = signer.Sign(File);
        Assert.Equal("signature.mismatch", Thrown(() => Signature.Verify("kubelet", SHA256.HashData(File), signature, certificate, Read(signer.Roots))).Code);
    }

    [Theory]
    [InlineData("<html>Not Found</html>")]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void What_is_no_certificate_is_refused(string text)
    {
        using var signer = new Signer();
        var (signature, _) = signer.Sign(File);
        Assert.Equal("signature.unreadable", Thrown(() => Signature.Verify("kubelet", SHA256.HashData(File), signature, text, Read(signer.Roots))).Code);
    }

    [Theory]
    [InlineData("<html>", "signature.unreadable")]
    [InlineData("", "signature.mismatch")]
    [InlineData("AAAA", "signature.mismatch")]
    public void What_is_no_signature_is_refused(string text, string code)
    {
        using var signer = new Signer();
        var (_, certificate) = signer.Sign(File);
        Assert.Equal(code, Thrown(() => Signature.Verify("kubelet", SHA256.HashData(File), text, certificate, Read(signer.Roots))).Code);
    }

    [Fact]
    public void A_file_of_roots_without_a_root_is_refused()
    {
        using var signer = new Signer();
        Assert.All((string?[])[null, "", "nothing", signer.IntermediateAlone, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"], text =>
            Assert.Equal("signature.roots-invalid", Thrown(() => Signature.ReadRoots(text is null ? null : Encoding.ASCII.GetBytes(text), "roots.pem")).Code));
    }

    [Fact]
    public void What_openssl_issues_and_signs_passes_too()
    {
        Assert.SkipUnless(System.IO.File.Exists("/usr/bin/openssl"), "signs with openssl, which is not installed");
        using var folder = new Node();
        folder.Put("/file", "a program");
        folder.Put("/ca.cnf", "[ca]\nbasicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\nextendedKeyUsage=codeSigning\n"
            + "[leaf]\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\nsubjectAltName=critical,email:krel-staging@k8s-releng-prod.iam.gserviceaccount.com\n"
            + "1.3.6.1.4.1.57264.1.1=DER:" + Convert.ToHexString(Encoding.ASCII.GetBytes("https://accounts.google.com")) + "\n"
            + "1.3.6.1.4.1.57264.1.8=ASN1:UTF8String:https://accounts.google.com\n"
            + "[req]\ndistinguished_name=dn\n[dn]\n");
        string[] steps =
        [
            "ecparam -name secp384r1 -genkey -noout -out root.key",
            "req -x509 -new -key root.key -subj /O=test/CN=root -config ca.cnf -extensions ca -days 30 -out root.pem",
            "ecparam -name prime256v1 -genkey -noout -out leaf.key",
            "req -new -key leaf.key -subj / -config ca.cnf -out leaf.csr",
            "x509 -req -in leaf.csr -CA root.pem -CAkey root.key -CAcreateserial -extfile ca.cnf -extensions leaf -days 1 -out leaf.pem",
            "dgst -sha256 -sign leaf.key -out file.sig file",
        ];
        foreach (var step in steps)
        {
            using var openssl = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/usr/bin/openssl", step) { WorkingDirectory = folder.Root, RedirectStandardError = true })!;
            var said = openssl.StandardError.ReadToEnd();
            openssl.WaitForExit();
            Assert.True(openssl.ExitCode == 0, $"openssl {step}: {said}");
        }
        var certificate = System.IO.File.ReadAllText(folder["/leaf.pem"]);
        var signature = Convert.ToBase64String(System.IO.File.ReadAllBytes(folder["/file.sig"]));
        var roots = Signature.ReadRoots(System.IO.File.ReadAllBytes(folder["/root.pem"]), "root.pem");
        Signature.Verify("file", SHA256.HashData("a program"u8), signature, certificate, roots);
        Assert.Equal("signature.mismatch", Thrown(() => Signature.Verify("file", SHA256.HashData("another"u8), signature, certificate, roots)).Code);
    }

    private static void Refused(string code, Signer signer, string says = "")
    {
        var failure = Thrown(() => Verify(signer, signer.Roots, File));
        Assert.True(failure.Code == code, failure.ToString());
        Assert.Contains(says, failure.What, StringComparison.Ordinal);
    }

    private static Failure Thrown(Action action) => Assert.Throws<FailureException>(action).Failure;

    private static System.Security.Cryptography.X509Certificates.X509Certificate2Collection Read(string pem) => Signature.ReadRoots(Encoding.ASCII.GetBytes(pem), "roots.pem");

    private static void Verify(Signer signer, string roots, byte[] file)
    {
        var (signature, certificate) = signer.Sign(File);
        Signature.Verify("kubelet 1.36.2", SHA256.HashData(file), signature, certificate, Read(roots));
    }
}
