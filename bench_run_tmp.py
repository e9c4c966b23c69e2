import sys
import bench.stage as st
if __name__=="__main__":
    with st.stage():
        import bench.harvest_scan as h
        h.SIZES=tuple(int(x) for x in sys.argv[1].split(","))
        print(h.measure(), flush=True)
