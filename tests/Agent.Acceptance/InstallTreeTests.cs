namespace Slipway.Acceptance;

/// <summary>
/// <c>slipway install --root</c> into the trees of three families, compared path by path (kind, mode, link) with <c>Trees/NAME.txt</c>.
/// <c>SLIPWAY_UPDATE_GOLDEN=1</c> writes what is expected anew, to be read in the diff.
/// </summary>
public sealed class InstallTreeTests : IDisposable
{
    private const UnixFileMode Program = (UnixFileMode)0b111_101_101;
    private readonly Node image = new();
    private readonly Release release = new();

    public void Dispose() => image.Dispose();

    [Theory]
    [InlineData("debian-12")]
    [InlineData("debian-13")]
    [InlineData("rhel-9")]
    public async Task An_install_puts_exactly_this_into_a_tree_and_leaves_the_rest_alone(string name)
    {
        switch (name)
        {
            case "debian-12":
                Merged("lib", "lib64");
                image.Put("/usr/lib/os-release", "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n");
                image.Put("/etc/default/locale", "LANG=C.UTF-8\n");
                image.Put("/usr/bin/dpkg", "#!/bin/sh\n", Program);
                image.Put("/var/lib/dpkg/info/base-files.list", "/.\n/usr\n/usr/lib/os-release\n");
                break;
            case "debian-13":
                Merged("lib", "lib64");
                // trixie links /usr/lib64's loader only on amd64, and has no /etc/default/locale.
                image.Put("/usr/lib/os-release", "ID=debian\nVERSION_ID=\"13\"\nVERSION_CODENAME=trixie\n");
                image.Put("/usr/bin/dpkg", "#!/bin/sh\n", Program);
                // An operator's own: the link stays, and what it leads to is used.
                Directory.CreateDirectory(image["/srv/opt"]);
                File.CreateSymbolicLink(image["/opt"], "/srv/opt");
                break;
            default:
                Merged("lib", "lib64");
                image.Put("/usr/lib/os-release", "ID=\"rhel\"\nVERSION_ID=\"9.4\"\nID_LIKE=\"fedora\"\n");
                image.Put("/etc/sysconfig/network", "");
                image.Put("/etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=targeted\n");
                image.Put("/usr/bin/rpm", "#!/bin/sh\n", Program);
                image.Put("/usr/bin/dnf", "#!/bin/sh\n", Program);
                break;
        }
        Directory.CreateDirectory(image["/etc"]);
        File.CreateSymbolicLink(image["/etc/os-release"], "../usr/lib/os-release");
        image.Put("/usr/lib/systemd/system/multi-user.target", "[Unit]\n");
        var before = TreeListing.Of(image.Root);

        await using var mirror = new LoopbackServer((path, _) => release.Get(path));
        var locked = Path.GetTempFileName();
        await File.WriteAllTextAsync(locked, release.Lock, Ct);
        (await image.RunAsync("install", "--kubernetes", "1.36.2", "--mirror", mirror.Url.AbsoluteUri, "--lock", locked)).Exits(0);
        File.Delete(locked);

        var after = TreeListing.Of(image.Root, times: false, "run");
        Assert.All(before, line => Assert.Contains(line, after));
        string[] added = [.. after.Except(before).Select(line => line.Contains(" file ", StringComparison.Ordinal) ? line[..^65] : line)];
        var expected = Path.Join(Source.Repository, "tests/Agent.Acceptance/Trees", name + ".txt");
        if (Environment.GetEnvironmentVariable("SLIPWAY_UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(expected)!);
            await File.WriteAllLinesAsync(expected, added, Ct);
        }
        Assert.Equal(await File.ReadAllLinesAsync(expected, Ct), added);
    }

    [Fact]
    public async Task A_full_disk_is_said_leaves_nothing_half_and_is_no_more_than_a_delay()
    {
        await using var mirror = new LoopbackServer((path, _) => release.Get(path));
        var locked = Path.GetTempFileName();
        await File.WriteAllTextAsync(locked, release.Lock, Ct);
        Call Install(Node node, string folder) => new("install", "--root", node[folder], "--kubernetes", "1.36.2", "--mirror", mirror.Url.AbsoluteUri, "--lock", locked);

        Directory.CreateDirectory(image["/golden"]);
        (await Agent.RunAsync(Install(image, "/golden"))).Exits(0);
        var right = Files("/golden").ToHashSet();
        var (full, done) = (0, false);
        // From hardly anything to enough for all: each step fills up at another write.
        for (var kilobytes = 16; kilobytes <= 1024 && !done; kilobytes += kilobytes < 320 ? 28 : 92)
        {
            using var disk = Mount.Tmpfs(image["/small"], $"{kilobytes}k");
            var outcome = await Agent.RunAsync(Install(image, "/small"));
            done = outcome.ExitCode == 0;
            if (!done)
            {
                outcome.Exits(75).Says("host.disk-full");
                full++;
                Assert.All(Files("/small"), line => Assert.True(right.Contains(line), $"{kilobytes} KB: not a right file: {line}"));
                // With room the next one ends it.
                using var mount = System.Diagnostics.Process.Start("mount", ["-o", "remount,size=8m", image["/small"]]);
                await mount.WaitForExitAsync(Ct);
                (await Agent.RunAsync(Install(image, "/small"))).Exits(0);
                Assert.Equal(right, Files("/small").ToHashSet());
            }
        }
        File.Delete(locked);
        Assert.True(full >= 5 && done, $"{full} were full");
    }

    private IEnumerable<string> Files(string folder) => TreeListing.Of(image[folder], times: false, "run", "var").Where(line => line.Contains(" file ", StringComparison.Ordinal)
        && !line.Contains(".slipway-", StringComparison.Ordinal) && !line.StartsWith("opt/slipway/installed/", StringComparison.Ordinal)
        && !line.StartsWith("usr/lib/slipway/image.json", StringComparison.Ordinal));

    private void Merged(params string[] folders)
    {
        foreach (var folder in folders.Append("bin").Append("sbin"))
        {
            Directory.CreateDirectory(image[$"/usr/{folder}"]);
            File.CreateSymbolicLink(image[$"/{folder}"], $"usr/{folder}");
        }
    }
}
