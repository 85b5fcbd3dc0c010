using Slipway.Reporting;

namespace Slipway.Hosting;

/// <summary>Finds where an absolute path of the node lies below a root directory, with links read as the node would read them.</summary>
internal static class RootedPath
{
    /// <summary>As many links as Linux follows before it gives up (ELOOP).</summary>
    private const int MostLinks = 40;

    /// <summary>The path on this machine for <paramref name="path"/> of the node.</summary>
    /// <param name="root">The root directory, <c>/</c> for the running system.</param>
    /// <param name="path">An absolute path as the node sees it.</param>
    /// <returns>A path that cannot lie outside <paramref name="root"/>: absolute links and <c>..</c> stop there.</returns>
    public static string Resolve(string root, string path)
    {
        if (!path.StartsWith('/'))
        {
            throw new ArgumentException($"not an absolute path: {path}", nameof(path));
        }
        if (root == "/")
        {
            return path;
        }
        var pending = new Stack<string>(Parts(path).Reverse());
        var resolved = new List<string>();
        var links = 0;
        while (pending.TryPop(out var part))
        {
            if (part == "..")
            {
                if (resolved.Count > 0)
                {
                    resolved.RemoveAt(resolved.Count - 1);
                }
                continue;
            }
            var here = Path.Join(root, string.Join('/', resolved), part);
            // The last part is not followed: callers replace, read or remove the link itself, as rename(2) does.
            var target = pending.Count > 0 ? new FileInfo(here).LinkTarget : null;
            if (target is null)
            {
                resolved.Add(part);
                continue;
            }
            if (++links > MostLinks)
            {
                throw new FailureException(new Failure("host.io", $"too many links on the way to {path}"));
            }
            if (target.StartsWith('/'))
            {
                resolved.Clear();
            }
            foreach (var next in Parts(target).Reverse())
            {
                pending.Push(next);
            }
        }
        return Path.Join(root, string.Join('/', resolved));
    }

    private static IEnumerable<string> Parts(string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".");
}
