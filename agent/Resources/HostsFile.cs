using System.Text;
using Slipway.Config;

namespace Slipway.Resources;

/// <summary>One registry's <c>hosts.toml</c> below containerd's <c>certs.d</c>. containerd reads it anew for each pull.</summary>
/// <remarks>https://github.com/containerd/containerd/blob/main/docs/hosts.md</remarks>
internal static class HostsFile
{
    /// <summary>The folder that holds a folder for each registry.</summary>
    public const string Folder = "/etc/containerd/certs.d";

    /// <summary>The name that stands for every registry without a folder of its own.</summary>
    public const string Default = "_default";

    private const string Header = "Authorization = \"";

    /// <summary>Where a registry's file lies.</summary>
    public static string PathOf(string registry) => $"{Folder}/{registry}/hosts.toml";

    /// <summary>Where a registry's CA certificates lie.</summary>
    /// <remarks>Not <c>.crt</c>: files of that name count by themselves where there is no hosts.toml.</remarks>
    public static string CaOf(string registry) => $"{Folder}/{registry}/slipway-ca.pem";

    /// <summary>Who is asked, in the order of the file: the registry itself, which containerd tries last, then its mirrors.</summary>
    public static IReadOnlyList<RegistryEndpoint> Endpoints(string registry, RegistrySection section)
    {
        var endpoints = new List<RegistryEndpoint>
        {
            // Named in full: left to itself containerd takes plain http, or any certificate, for localhost.
            new(registry == Default ? "" : $"https://{(registry == "docker.io" ? "registry-1.docker.io" : registry)}", false, section.Credentials),
        };
        foreach (var mirror in section.Mirrors ?? [])
        {
            var endpoint = RegistryEndpoint.Of(mirror);
            // A table that stands there twice makes containerd drop the whole file.
            if (!endpoints.Exists(other => other.Url == endpoint.Url))
            {
                endpoints.Add(endpoint);
            }
        }
        return endpoints;
    }

    /// <summary>The file.</summary>
    /// <param name="registry">HOST, HOST:PORT or <see cref="Default"/>.</param>
    /// <param name="section">What is wanted of it.</param>
    /// <param name="authorizations">The header for each of <see cref="Endpoints"/>, in their order; null for none. It is in the file as it is here.</param>
    public static string Write(string registry, RegistrySection section, IReadOnlyList<string?> authorizations)
    {
        var endpoints = Endpoints(registry, section);
        var (toml, server) = (new StringBuilder("# Written by slipway.\n"), endpoints[0]);
        if (server.Url.Length > 0)
        {
            toml.Append($"server = {Quoted(server.Url)}\n");
        }
        Describe("", server, authorizations[0], "");
        for (var i = 1; i < endpoints.Count; i++)
        {
            Table(endpoints[i], authorizations[i]);
        }
        if (endpoints.Count == 1 && server.Url.Length > 0)
        {
            // containerd 1.x drops a file without a single host.
            Table(server, authorizations[0]);
        }
        return toml.ToString();

        void Table(RegistryEndpoint endpoint, string? authorization)
        {
            var name = $"host.{Quoted(endpoint.Url)}";
            toml.Append($"\n[{name}]\n  capabilities = [\"pull\", \"resolve\"]\n{(endpoint.OverridesPath ? "  override_path = true\n" : "")}");
            Describe(name + ".", endpoint, authorization, "  ");
        }

        void Describe(string table, RegistryEndpoint endpoint, string? authorization, string indent)
        {
            // With a CA beside it containerd tries https on what is said to be http.
            if (section.Ca is { Length: > 0 } && !endpoint.Url.StartsWith("http:", StringComparison.Ordinal))
            {
                toml.Append($"{indent}ca = {Quoted(CaOf(registry))}\n");
            }
            if (authorization is not null)
            {
                toml.Append($"\n[{table}header]\n  {Header}{Escaped(authorization)}\"\n");
            }
        }
    }

    /// <summary>The headers of a file that <see cref="Write"/> wrote, in its order.</summary>
    public static IReadOnlyList<string> Authorizations(string toml)
    {
        var found = new List<string>();
        foreach (var line in toml.Split('\n'))
        {
            if (line.Trim() is var text && text.StartsWith(Header, StringComparison.Ordinal) && text.EndsWith('"'))
            {
                found.Add(text[Header.Length..^1].Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal));
            }
        }
        return found;
    }

    private static string Quoted(string text) => $"\"{Escaped(text)}\"";

    private static string Escaped(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
