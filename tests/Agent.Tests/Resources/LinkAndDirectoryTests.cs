using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Resources;

namespace Slipway.Tests.Resources;

/// <summary>Links and directories: what is not ours stays, what was there comes back.</summary>
public sealed class LinkAndDirectoryTests : IDisposable
{
    private readonly Node node = new();
    private readonly LinkResource link = new("/usr/bin/tool", "/opt/tool/bin/tool");
    private readonly DirectoryResource directory = new("/etc/tool.d", Modes.Mode700);

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task A_link_comes_and_goes()
    {
        Assert.Equal("", await ChangeAsync(link));
        await link.RemoveAsync(node.Host, new Trace(""), Ct);
        Assert.Null(node.Files.Status("/usr/bin/tool"));
    }

    [Fact]
    public async Task A_link_to_elsewhere_comes_back()
    {
        node.Files.Link("/usr/bin/tool", "/other");
        var before = await ChangeAsync(link);
        await link.RemoveAsync(node.Host, new Trace(before), Ct);
        Assert.Equal("/other", new FileInfo(node["/usr/bin/tool"]).LinkTarget);
    }

    [Fact]
    public async Task A_link_that_somebody_changed_since_is_left_alone()
    {
        await ChangeAsync(link);
        node.Files.Link("/usr/bin/tool", "/theirs");
        await link.RemoveAsync(node.Host, new Trace(""), Ct);
        Assert.Equal("/theirs", new FileInfo(node["/usr/bin/tool"]).LinkTarget);
    }

    [Fact]
    public async Task A_foreign_file_is_refused()
    {
        node.Put("/usr/bin/tool", "a package's");
        Assert.Equal("resource.foreign", Assert.IsType<Finding.Refused>(await InspectAsync(link)).Failure.Code);
    }

    [Fact]
    public async Task A_directory_comes_and_goes()
    {
        var before = await ChangeAsync(directory);
        await directory.RemoveAsync(node.Host, new Trace(before), Ct);
        Assert.Null(node.Files.Status("/etc/tool.d"));
    }

    [Fact]
    public async Task A_directory_that_others_use_stays()
    {
        await ChangeAsync(directory);
        node.Put("/etc/tool.d/theirs", "x");
        await directory.RemoveAsync(node.Host, new Trace(""), Ct);
        Assert.True(File.Exists(node["/etc/tool.d/theirs"]));
    }

    [Fact]
    public async Task A_directory_that_was_there_stays_and_gets_its_mode_back()
    {
        Directory.CreateDirectory(node["/etc/tool.d"]);
        File.SetUnixFileMode(node["/etc/tool.d"], Modes.Mode755);
        var before = await ChangeAsync(directory);
        await directory.RemoveAsync(node.Host, new Trace(before), Ct);
        Assert.Equal(Modes.Mode755, node.Files.Status("/etc/tool.d")?.Mode);
    }

    [Fact]
    public async Task A_file_in_a_directorys_place_is_refused()
    {
        node.Put("/etc/tool.d", "a file");
        Assert.IsType<Finding.Refused>(await InspectAsync(directory));
    }

    [Fact]
    public async Task Modules_sysctls_and_swap_have_no_meaning_below_another_root() => Assert.All(
        await Task.WhenAll(InspectAsync(new ModuleResource("overlay")), InspectAsync(new SysctlResource("net.ipv4.ip_forward", "1")), InspectAsync(new SwapResource())),
        finding => Assert.IsType<Finding.NotApplicable>(finding));

    private Task<Finding> InspectAsync(Resource resource) => resource.InspectAsync(node.Host, Scrutiny.Quick, Ct);

    private async Task<string> ChangeAsync(Resource resource)
    {
        var differs = Assert.IsType<Finding.Differs>(await InspectAsync(resource));
        await resource.ApplyAsync(node.Host, Ct);
        Assert.IsType<Finding.AsWanted>(await InspectAsync(resource));
        return differs.Before;
    }
}
