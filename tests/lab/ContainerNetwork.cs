using System.Globalization;

namespace Slipway.Lab;

/// <summary>A point-to-point network between this machine and one container: 10.77.N.1 here, 10.77.N.2 there. Taken before the container exists, since its servers need to know.</summary>
public sealed class ContainerNetwork : IDisposable
{
    private readonly FileStream held;

    private ContainerNetwork(int number, FileStream held) => (Number, this.held) = (number, held);

    /// <summary>Its number; no two live containers of this machine have the same.</summary>
    public int Number { get; }

    /// <summary>This machine, as the container sees it.</summary>
    public string HostAddress => string.Create(CultureInfo.InvariantCulture, $"10.77.{Number}.1");

    /// <summary>The container's own address.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"10.77.{Number}.2");

    /// <summary>Name of the container, and of its link here after <c>ve-</c>.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"slipway{Number}");

    /// <summary>Takes a free one.</summary>
    public static ContainerNetwork Take()
    {
        string folder = Directory.CreateDirectory(Path.Combine(LabCache.Folder, "networks")).FullName;
        for (int number = 1; number < 255; number++)
        {
            try
            {
                return new ContainerNetwork(number, new FileStream(Path.Combine(folder, number.ToString(CultureInfo.InvariantCulture)), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException)
            {
                // Another test has it.
            }
        }
        throw new InvalidOperationException("254 containers at once are enough");
    }

    /// <inheritdoc/>
    public void Dispose() => held.Dispose();
}
