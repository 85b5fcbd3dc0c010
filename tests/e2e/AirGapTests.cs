using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Slipway.Tests.Support;

namespace Slipway.E2E;

/// <summary>A node whose only network is the site's own registry, with a CA and a password of its own, and the cluster that it joins.</summary>
public sealed class AirGapTests : IAsyncDisposable
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
        await using var registry = await SiteRegistry.StartAsync(new SiteRegistryOptions { Authority = authority, Names = [network.HostAddress], WantsPassword = true });
        var port = new Uri(registry.Url).Port;
        await FillAsync(registry, authority, world.Release!);
        world.Mirror!.ClearExchanges();

        var site = $"{network.HostAddress}:{port}";
        var document = UserData.NodeConfig(world, more: $$"""
              system:
                trustedCAs: |
            {{Indented(authority.Pem, 6)}}
              images:
                pull: ["{{Pause}}"]
                registries:
                  registry.k8s.io:
                    mirrors: [{url: "oci://{{site}}/k8s", credentials: {fromFile: /etc/slipway/site-password} }]
                    ca: |
            {{Indented(authority.Pem, 10)}}
            """).Replace($"[\"{world.MirrorUrl}\"]", $"[{{url: \"oci://{site}/slipway\", credentials: {{fromFile: /etc/slipway/site-password}}}}]", StringComparison.Ordinal);
        await using var node = await Container.CreateAsync(network, new ContainerOptions
        {
            Files = [.. Agent.Files, new GuestFile.Text("/etc/slipway/site-password", SiteRegistry.Credentials, UnixFileMode.UserRead | UnixFileMode.UserWrite)],
            UserData = UserData.CloudConfig(document, world.Lock),
            // The mirror is up, and out of reach.
            Ports = [port, world.ControlPlane!.Port],
        });
        await node.StartAsync(TimeSpan.FromSeconds(60));
        await node.WaitForUnitAsync("slipway", Node.JoinTime);
        await node.AssertJoinedAsync(world);

        Assert.Empty(world.Mirror.Downloads);
        Assert.NotEqual(0, (await node.RunAsync("curl -sS --max-time 5 https://dl.k8s.io")).Exit);
        Assert.Contains(Pause, await node.CheckAsync("ctr -n k8s.io images ls name==" + Pause), StringComparison.Ordinal);
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

    /// <summary>Every artifact as a blob, as bundle push leaves it, and the pause image.</summary>
    private static async Task FillAsync(SiteRegistry registry, Authority authority, Release release)
    {
        using var handler = new HttpClientHandler { CheckCertificateRevocationList = false };
        handler.ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
        {
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(authority.Certificate);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            return chain.Build(certificate!);
        };
        using var client = new HttpClient(handler);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(SiteRegistry.Credentials)));
        foreach (var artifact in release.Artifacts)
        {
            using var begun = await client.PostAsync(new Uri($"{registry.Url}/v2/slipway/blobs/uploads/"), null);
            begun.EnsureSuccessStatusCode();
            var location = new Uri(new Uri(registry.Url), begun.Headers.Location!.ToString());
            await using var file = File.OpenRead(release.Folder + new Uri(artifact.Url).AbsolutePath);
            using var content = new StreamContent(file);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            using var put = await client.PutAsync(new Uri($"{location}{(location.Query.Length > 0 ? "&" : "?")}digest=sha256:{artifact.Sha256}"), content);
            put.EnsureSuccessStatusCode();
        }
        await TinyImage.PushAsync(TinyImage.Layout("1"), $"{registry.Authority}/k8s/pause:3.10.2", SiteRegistry.Credentials);
    }

    private static string Indented(string text, int by) => string.Join('\n', text.TrimEnd('\n').Split('\n').Select(line => new string(' ', by) + line));
}
