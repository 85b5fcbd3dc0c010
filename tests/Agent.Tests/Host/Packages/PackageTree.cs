namespace Slipway.Tests;

/// <summary>Tests that install into trees: two of them at once would only wait for each other's disks.</summary>
[CollectionDefinition(nameof(PackageTree))]
public sealed class PackageTree : ICollectionFixture<PackageTree>, IDisposable
{
    /// <summary>The key of the repositories.</summary>
    internal SigningKey Key { get; } = new();

    public void Dispose() => Key.Dispose();
}
