using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Resources;

namespace Slipway.Tests.Resources;

/// <summary>A file is made so, seen to be so, and gives back what stood there.</summary>
public sealed class FileResourceTests : IDisposable
{
    private readonly Node node = new();
    private readonly FileResource file = new("/etc/a.conf", "ours\n");

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task A_new_file_comes_and_goes()
    {
        var before = await ChangeAsync(file);
        Assert.Equal("ours\n", File.ReadAllText(node["/etc/a.conf"]));
        await file.RemoveAsync(node.Host, new Trace(before), Ct);
        Assert.False(File.Exists(node["/etc/a.conf"]));
    }

    [Theory]
    [InlineData(Modes.Mode644)]
    [InlineData(Modes.Mode600)]
    public async Task A_users_file_comes_back_with_its_mode(UnixFileMode mode)
    {
        node.Put("/etc/a.conf", "theirs", mode);
        var before = await ChangeAsync(file);
        await file.RemoveAsync(node.Host, new Trace(before), Ct);
        Assert.Equal(("theirs", mode), (File.ReadAllText(node["/etc/a.conf"]), File.GetUnixFileMode(node["/etc/a.conf"])));
    }

    [Fact]
    public async Task A_users_link_comes_back_and_what_it_points_to_is_left_alone()
    {
        node.Put("/srv/a.conf", "theirs");
        node.Files.Link("/etc/a.conf", "/srv/a.conf");
        var before = await ChangeAsync(file);
        Assert.Equal("theirs", File.ReadAllText(node["/srv/a.conf"]));
        await file.RemoveAsync(node.Host, new Trace(before), Ct);
        Assert.Equal("/srv/a.conf", new FileInfo(node["/etc/a.conf"]).LinkTarget);
    }

    [Fact]
    public async Task A_directory_in_its_place_is_refused_before_anything_is_done()
    {
        Directory.CreateDirectory(node["/etc/a.conf"]);
        Assert.Equal("resource.foreign", Assert.IsType<Finding.Refused>(await InspectAsync(file)).Failure.Code);
    }

    [Fact]
    public async Task A_mode_that_differs_is_a_difference_of_its_own()
    {
        node.Put("/etc/a.conf", "ours\n", Modes.Mode600);
        Assert.Contains("mode", Assert.IsType<Finding.Differs>(await InspectAsync(file)).What, StringComparison.Ordinal);
        await ChangeAsync(file);
        Assert.Equal(Modes.Mode644, File.GetUnixFileMode(node["/etc/a.conf"]));
    }

    [Fact]
    public async Task What_a_user_had_is_kept_privately()
    {
        node.Put("/etc/a.conf", "their secret", Modes.Mode600);
        await ChangeAsync(file);
        var kept = Assert.Single(Directory.GetFiles(node["/var/lib/slipway/replaced"]));
        Assert.Equal(Modes.Mode600, File.GetUnixFileMode(kept));
        Assert.Equal(Modes.Mode700, File.GetUnixFileMode(Path.GetDirectoryName(kept)!));
    }

    private Task<Finding> InspectAsync(Resource resource) => resource.InspectAsync(node.Host, Scrutiny.Quick, Ct);

    private async Task<string> ChangeAsync(Resource resource)
    {
        var differs = Assert.IsType<Finding.Differs>(await InspectAsync(resource));
        await resource.ApplyAsync(node.Host, Ct);
        Assert.IsType<Finding.AsWanted>(await InspectAsync(resource));
        return differs.Before;
    }
}
