using System.Text;
using Slipway.Artifacts;
using Slipway.Reporting;

namespace Slipway.Tests.Artifacts;

/// <summary>A repository's key is one key, with the fingerprint that gpg gives it; whatever hides another is refused.</summary>
public sealed class OpenPgpKeyTests : IClassFixture<OpenPgpKeyTests.Keys>
{
    private readonly Keys keys;

    public OpenPgpKeyTests(Keys keys) => this.keys = keys;

    [Fact]
    public void The_fingerprint_is_the_one_that_gpg_gives() => Assert.Equal(keys.One.Fingerprint, Read(keys.One.Public).Fingerprint);

    [Fact]
    public void What_is_written_is_the_same_key_to_gpg()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Join(folder.Path, "key.asc");
        File.WriteAllText(file, Read(keys.One.Public).Armored());
        Assert.Contains($"fpr:::::::::{keys.One.Fingerprint}:", keys.One.Gpg($"--with-colons --show-keys {file}"), StringComparison.Ordinal);
        Assert.Equal(keys.One.Fingerprint, Read(File.ReadAllText(file)).Fingerprint);
    }

    [Fact]
    public void Two_keys_in_two_blocks_are_refused() => Refuse(keys.One.Public + "\n" + keys.Other.Public, "more than one block");

    [Fact]
    public void Two_keys_in_one_block_are_refused() => Refuse(Armor([.. Bare(keys.One.Public), .. Bare(keys.Other.Public)]), "more than one primary key");

    [Theory]
    [InlineData("<html>Not Found</html>")]
    [InlineData("")]
    [InlineData("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----")]
    [InlineData("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n????\n-----END PGP PUBLIC KEY BLOCK-----")]
    [InlineData("-----BEGIN PGP PUBLIC KEY BLOCK-----")]
    public void What_is_no_key_is_refused(string text) => Assert.Equal("package.key-invalid", Assert.Throws<FailureException>(() => Read(text)).Failure.Code);

    [Fact]
    public void A_key_that_is_cut_off_anywhere_is_refused_or_still_the_same_key()
    {
        var bare = Bare(keys.One.Public);
        for (var length = 0; length < bare.Length; length++)
        {
            try
            {
                Assert.Equal(keys.One.Fingerprint, Read(Armor(bare[..length])).Fingerprint);
            }
            catch (FailureException e)
            {
                Assert.Equal("package.key-invalid", e.Failure.Code);
            }
        }
    }

    [Fact]
    public void Random_bytes_are_refused_and_never_more_than_that()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            Assert.Throws<FailureException>(() => Read(Armor(Archives.Noise(200, seed))));
        }
    }

    private static void Refuse(string text, string why)
    {
        var failure = Assert.Throws<FailureException>(() => Read(text)).Failure;
        Assert.Equal("package.key-invalid", failure.Code);
        Assert.Contains(why, failure.What, StringComparison.Ordinal);
    }

    private static OpenPgpKey Read(string text) => OpenPgpKey.Read(Encoding.UTF8.GetBytes(text), "test");

    private static byte[] Bare(string armored) => Convert.FromBase64String(string.Concat(armored.Split('\n').SkipWhile(line => line.Length > 0)
        .Where(line => !line.StartsWith('=') && !line.StartsWith('-'))));

    private static string Armor(byte[] bare) => $"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{Convert.ToBase64String(bare)}\n-----END PGP PUBLIC KEY BLOCK-----\n";

    public sealed class Keys : IDisposable
    {
        internal SigningKey One { get; } = new();

        internal SigningKey Other { get; } = new("Other");

        public void Dispose()
        {
            One.Dispose();
            Other.Dispose();
        }
    }
}
