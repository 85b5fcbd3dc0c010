namespace Slipway.Acceptance;

/// <summary>User data made to hurt is refused with a reason, or read; it never ends the agent in another way.</summary>
public sealed class HostileInputTests : IDisposable
{
    private readonly Node node = new();

    public static TheoryData<string> Names => [.. Hostile.All.Select(input => input.Name)];

    public void Dispose() => node.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task It_is_refused_with_its_code_or_read(string name)
    {
        var input = Hostile.All.Single(i => i.Name == name);
        node.Put("/seed", "");
        await File.WriteAllBytesAsync(node["/seed"], input.Make(), Ct);
        var outcome = await node.RunAsync("config", "check", "--config-source", $"file://{node["/seed"]}");
        outcome.Exits(input.Code is null ? 0 : 78).Says(input.Code ?? "valid");
        Assert.DoesNotContain("   at ", outcome.All, StringComparison.Ordinal);
        Assert.DoesNotContain("nhandled", outcome.All, StringComparison.Ordinal);
        Assert.True(outcome.All.Length < 64 * 1024, $"{outcome.All.Length} characters were said");
    }
}
