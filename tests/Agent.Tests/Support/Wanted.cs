using Slipway.Config;
using Slipway.Hosting;
using Slipway.Sources;
using Slipway.Steps;

namespace Slipway.Tests.Support;

/// <summary>What a configuration decides, for tests of the pure parts.</summary>
internal static class Wanted
{
    /// <summary>A machine on which everything is as it should be.</summary>
    public static Facts Facts { get; } = new()
    {
        Architecture = "amd64",
        Hostname = "worker-7",
        Kernel = "6.1.0",
        OsId = "debian",
        OsVersion = "12",
        BootId = "boot",
        ProductUuid = "",
        ProductName = "",
        Swaps = [],
        CgroupV1 = false,
        SystemdRunning = true,
        FreeBytes = 10L << 30,
        Glibc = new Version(2, 36),
    };

    /// <summary>What is wanted by a document.</summary>
    public static Acceptance Accept(string yaml, FileTree files, bool userDataJoins = false, Acceptance? earlier = null)
    {
        var read = YamlReader.Read(yaml, "input.yaml");
        Assert.Empty(read.Problems);
        var result = NodeConfigReader.Read([.. read.Documents], userDataJoins);
        Assert.True(result is NodeConfigResult.Valid, string.Join('\n', (result as NodeConfigResult.Invalid)?.Problems ?? []));
        return Acceptance.Decide((NodeConfigResult.Valid)result, new Gathered.Found
        {
            Documents = read.Documents,
            Source = "test",
            Chosen = "test",
            Instance = Slipway.Config.InstanceData.None,
            UserDataJoins = userDataJoins,
            NotChosen = [],
            Warnings = [],
        }, Facts, files, earlier);
    }

    /// <summary>What is wanted of a plain worker, with more lines below <c>spec</c>.</summary>
    public static Intent Worker(string spec = "")
    {
        using var node = new Node();
        return Accept($$"""
            apiVersion: slipway.dev/v1alpha1
            kind: NodeConfig
            spec:
              kubernetes: {version: 1.36.2}
              join: {kubeadm: {join: {apiServerEndpoint: "10.0.0.10:6443", token: abcdef.0123456789abcdef, unsafeSkipCAVerification: true} } }
            {{spec}}
            """, node.Files).Intent;
    }
}
