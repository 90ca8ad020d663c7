"""A chat by lines of text over TCP. Who comes is greeted with the version, and stays connected for as long as they like."""
import asyncio
import os
import signal

VERSION = os.environ['VERSION']
present = set()


async def converse(reader, writer):
    present.add(writer)
    try:
        writer.write(f'{os.environ["GREETING"]} {VERSION}\n'.encode())
        while line := await reader.readline():
            if line.strip() == b'/version':
                writer.write(f'version {VERSION}\n'.encode())
            else:
                for other in present:
                    other.write(b'said ' + line)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        present.discard(writer)
        writer.close()


async def main():
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    server = await asyncio.start_server(converse, port=7000)
    print(f'chat {VERSION} listens')
    await ended.wait()
    # Nobody new comes in; those who are there may finish.
    server.close()
    print('chat takes nobody new')
    for _ in range(int(os.environ['FAREWELL_AFTER']) * 10):
        if not present:
            return
        await asyncio.sleep(0.1)
    for writer in present:
        writer.write(b'bye\n')
        writer.close()


asyncio.run(main())
