using Slipway.Artifacts;

namespace Slipway.Tests.Artifacts;

/// <summary>A checksum file in each of the forms that upstreams use, and what passes for one.</summary>
public sealed class ChecksumListTests
{
    private static readonly string A = new('a', 64), B = new('b', 64);

    public static TheoryData<string, string> Right => new()
    {
        { "bare, without a line feed", A },
        { "bare, with one", A + "\n" },
        { "bare, CRLF and capitals", A.ToUpperInvariant() + "\r\n" },
        { "two spaces", $"{A}  runc.amd64\n" },
        { "binary mode", $"{A} *runc.amd64\n" },
        { "a folder before the name", $"{A}  ./release/runc.amd64\n" },
        { "openssl", $"SHA256(runc.amd64)= {A}\n" },
        { "BSD", $"SHA256 (runc.amd64) = {A}\n" },
        { "one of several", $"{B}  runc.arm64\n{A}  runc.amd64\n{B}  runc.amd64.asc\n" },
        { "twice the same", $"{A}  runc.amd64\n{A} *runc.amd64\n" },
        { "signed in clear text", $"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{B}  runc.arm64\n{A} *runc.amd64\n-----BEGIN PGP SIGNATURE-----\n\n{B}  runc.amd64\nabc=\n-----END PGP SIGNATURE-----\n" },
    };

    public static TheoryData<string, string, string> Wrong => new()
    {
        { "nothing", "", "it is empty" },
        { "line feeds", "\n\n", "it is empty" },
        { "a page", "<!DOCTYPE html><html>Not Found</html>", "it is a web page" },
        { "a page after spaces", "\n   <html>", "it is a web page" },
        { "words", "Not Found", "is no line with a SHA-256" },
        { "SHA-512", new string('a', 128) + "\n", "is no line with a SHA-256" },
        { "63 digits", new string('a', 63), "is no line with a SHA-256" },
        { "openssl of another algorithm", $"SHA1(runc.amd64)= {new string('a', 40)}", "is no line with a SHA-256" },
        { "others' names", $"{A}  runc.arm64\n{A}  not-runc.amd64\n", "it does not name runc.amd64" },
        { "a name that only ends alike", $"{A}  xrunc.amd64\n", "it does not name runc.amd64" },
        { "two digests of one file", $"{A}  runc.amd64\n{B}  old/runc.amd64\n", "different digests for runc.amd64" },
        { "two bare digests", $"{A}\n{B}\n", "several digests" },
        { "with and without a name", $"{A}\n{A}  runc.amd64\n", "with and without a file name" },
        { "only behind the signature", $"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n-----BEGIN PGP SIGNATURE-----\n{A}  runc.amd64\n", "it is empty" },
        { "a header that looks like a line", $"-----BEGIN PGP SIGNED MESSAGE-----\n{A}  runc.amd64\n\n{A}  runc.arm64\n-----BEGIN PGP SIGNATURE-----\n", "it does not name runc.amd64" },
        { "far too much", string.Concat(Enumerable.Repeat($"{A}  runc.amd64\n", 1000)), "no checksum file is as long" },
    };

    [Theory]
    [MemberData(nameof(Right))]
    public void A_digest_is_found_in_any_form(string form, string text) => Assert.True(ChecksumList.Find(text, "runc.amd64") == A, form);

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_does_not_say_it_without_doubt_is_refused(string form, string text, string says) =>
        Assert.True(Assert.Throws<FormatException>(() => ChecksumList.Find(text, "runc.amd64")).Message.Contains(says, StringComparison.Ordinal), form);
}
