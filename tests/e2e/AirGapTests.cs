using System.Text;
using Slipway.Tests.Support;

namespace Slipway.E2E;

/// <summary>A node whose only network is the site's own registry, with a CA and a password of its own, and the cluster that it joins.</summary>
public sealed class AirGapTests(SiteBundle bundle) : IAsyncDisposable
{
    private const string Pause = "registry.k8s.io/pause:3.10.2";
    private readonly ContainerNetwork network = ContainerNetwork.Take();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        network.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_site_with_nothing_but_its_registry_installs_a_node_and_joins_it()
    {
        Assert.SkipWhen(World.IsReal, "the lab's own release is what fills the registry");
        using var authority = new Authority("Site");
        await using var world = await World.StartAsync(network.HostAddress);
        await using var registry = await SiteRegistry.StartAsync(new SiteRegistryOptions
        {
            Address = "0.0.0.0", Authority = authority, Names = [network.HostAddress, "127.0.0.2"], WantsPassword = true,
        });
        var port = new Uri(registry.Url).Port;
        await FillAsync($"127.0.0.2:{port}", authority, world);
        world.Mirror!.ClearExchanges();

        var site = $"{network.HostAddress}:{port}";
        var document = UserData.NodeConfig(world, more: $$"""
              system:
                trustedCAs: |
            {{Indented(authority.Pem, 6)}}
              images:
                pull: ["{{Pause}}", "{{bundle.Pulled}}"]
                registries:
                  registry.k8s.io:
                    mirrors: [{url: "oci://{{site}}/k8s", credentials: {fromFile: /etc/slipway/site-password} }]
                    ca: |
            {{Indented(authority.Pem, 10)}}
                  "{{bundle.Pulled.Split('/')[0]}}":
                    mirrors: [{url: "https://{{site}}/v2/slipway/{{bundle.Pulled.Split('/')[0].Replace(':', '_')}}", credentials: {fromFile: /etc/slipway/site-password} }]
            """).Replace($"[\"{world.MirrorUrl}\"]", $"[{{url: \"oci://{site}/slipway\", credentials: {{fromFile: /etc/slipway/site-password}}}}]", StringComparison.Ordinal);
        await using var node = await Container.CreateAsync(network, new ContainerOptions
        {
            Files = [.. Agent.Files, new GuestFile.Text("/etc/slipway/site-password", SiteRegistry.Credentials, UnixFileMode.UserRead | UnixFileMode.UserWrite)],
            UserData = UserData.CloudConfig(document, world.Lock),
            // The mirror is up, and out of reach.
            Ports = [world.ControlPlane!.Port],
        });
        await node.StartAsync(TimeSpan.FromSeconds(60));
        await node.WaitForUnitAsync("slipway", Node.JoinTime);
        await node.AssertJoinedAsync(world);

        Assert.Empty(world.Mirror.Downloads);
        Assert.NotEqual(0, (await node.RunAsync("curl -sS --max-time 5 https://dl.k8s.io")).Exit);
        Assert.Contains(Pause, await node.CheckAsync("ctr -n k8s.io images ls name==" + Pause), StringComparison.Ordinal);
        Assert.Contains("pinned", await node.CheckAsync("ctr -n k8s.io images ls name==" + Pause), StringComparison.Ordinal);
        // containerd's own CRI finds them too, by way of certs.d: under a prefix of the registry, and where bundle push put it.
        await PullAsTheKubeletAsync(node, Pause);
        await PullAsTheKubeletAsync(node, bundle.Pulled);
        Assert.Contains("pinned", await node.CheckAsync("ctr -n k8s.io images ls name==" + Pause), StringComparison.Ordinal);
        // The whole system trusts the site's CA: curl has been told nothing.
        Assert.Equal("401", await node.CheckAsync($"curl -sS -o /dev/null -w '%{{http_code}}' https://{site}/v2/"));
        await node.AssertKeepsSecretAsync(world.Token, joined: true);
        Assert.Equal("600 root", await node.CheckAsync("stat -c '%a %U' /etc/containerd/certs.d/registry.k8s.io/hosts.toml"));
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes(SiteRegistry.Credentials));
        Assert.Equal("", (await node.RunAsync($"journalctl --no-pager | grep -F -e site-canary -e {basic[..^2]} | grep -v COMMAND")).Output);

        // Everything is there: a second run asks nobody.
        var asked = registry.Log.Length;
        await node.CheckAsync("slipway run");
        Assert.Equal(asked, registry.Log.Length);
    }

    /// <summary>As a site does it: from a bundle that somebody brought in, and with an image of its own.</summary>
    private async Task FillAsync(string push, Authority authority, World world)
    {
        var folder = Directory.CreateTempSubdirectory("slipway-site-").FullName;
        try
        {
            var (ca, password) = (Path.Join(folder, "ca.pem"), Path.Join(folder, "password"));
            await File.WriteAllTextAsync(ca, authority.Pem);
            await File.WriteAllTextAsync(password, SiteRegistry.Credentials + "\n");
            await Tool.RunAsync("env", $"SSL_CERT_FILE={ca}", Agent.Binary, "bundle", "push", await bundle.MakeAsync(world), $"oci://{push}/slipway", "--credentials-file", password);
            await TinyImage.PushAsync(TinyImage.Layout("1"), $"{push}/k8s/pause:3.10.2", SiteRegistry.Credentials);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What the kubelet asks of containerd: PullImage of the CRI, with <c>ImageSpec.image</c> alone.</summary>
    private static async Task PullAsTheKubeletAsync(Container node, string image)
    {
        await node.CheckAsync($"ctr -n k8s.io images rm {image}");
        byte[] spec = [0x0a, (byte)image.Length, .. Encoding.ASCII.GetBytes(image)];
        byte[] message = [0, 0, 0, 0, (byte)(spec.Length + 2), 0x0a, (byte)spec.Length, .. spec];
        var said = await node.CheckAsync($"base64 -d <<<{Convert.ToBase64String(message)} | curl -sS -m 30 -i --http2-prior-knowledge --unix-socket /run/containerd/containerd.sock -H 'content-type: application/grpc' "
            + "-H 'te: trailers' --data-binary @- http://localhost/runtime.v1.ImageService/PullImage | tr -d '\\0'");
        Assert.True((await node.CheckAsync("ctr -n k8s.io images ls -q name==" + image)).Contains(image, StringComparison.Ordinal), said);
    }

    private static string Indented(string text, int by) => string.Join('\n', text.TrimEnd('\n').Split('\n').Select(line => new string(' ', by) + line));
}
